//! Runs a template's tree.

use serde_json::Value;

use super::{
    ExpressionError, Scope, functions,
    parse::{Command, Operand, Piece, Pipeline},
    scope, text,
};

/// The text that pieces give.
pub fn run(pieces: &[Piece], scope: &Scope<'_>, depth: usize) -> Result<String, ExpressionError> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Output(pipeline) => {
                out.push_str(&text::printed(&value(pipeline, scope, depth)?)?)
            }
            Piece::If(branches, otherwise) => {
                let mut chosen = otherwise;
                for (condition, inside) in branches {
                    if !text::is_empty(&value(condition, scope, depth)?) {
                        chosen = inside;
                        break;
                    }
                }
                out.push_str(&run(chosen, scope, depth)?);
            }
        }
    }
    Ok(out)
}

fn value(pipeline: &Pipeline, scope: &Scope<'_>, depth: usize) -> Result<Value, ExpressionError> {
    let mut piped = None;
    for command in pipeline {
        piped = Some(call(command, piped, scope, depth)?);
    }
    Ok(piped.unwrap_or_default())
}

fn call(
    command: &Command,
    piped: Option<Value>,
    scope: &Scope<'_>,
    depth: usize,
) -> Result<Value, ExpressionError> {
    let Operand::Function(name) = &command.head else {
        return operand(&command.head, scope, depth);
    };
    if let Some(short) = short_circuit(name, command, piped.as_ref(), scope, depth)? {
        return Ok(short);
    }
    if matches!(name.as_str(), "include" | "tpl") {
        return of_template(name, command, piped, scope, depth);
    }
    let mut arguments = command
        .arguments
        .iter()
        .map(|argument| operand(argument, scope, depth))
        .collect::<Result<Vec<_>, _>>()?;
    arguments.extend(piped);
    functions::call(name, &arguments)
}

/// `and` and `or` evaluate no further than they must.
fn short_circuit(
    name: &str,
    command: &Command,
    piped: Option<&Value>,
    scope: &Scope<'_>,
    depth: usize,
) -> Result<Option<Value>, ExpressionError> {
    let stops_at_empty = match name {
        "and" => true,
        "or" => false,
        _ => return Ok(None),
    };
    let mut last = None;
    for argument in &command.arguments {
        let value = operand(argument, scope, depth)?;
        if text::is_empty(&value) == stops_at_empty {
            return Ok(Some(value));
        }
        last = Some(value);
    }
    match piped.cloned().or(last) {
        Some(value) => Ok(Some(value)),
        None => Err(ExpressionError(format!(
            "{name} takes at least one argument"
        ))),
    }
}

/// `include NAME .` and `tpl TEXT .`, whose last argument is the root.
fn of_template(
    name: &str,
    command: &Command,
    piped: Option<Value>,
    scope: &Scope<'_>,
    depth: usize,
) -> Result<Value, ExpressionError> {
    let wrong = || {
        ExpressionError(format!(
            "{name} takes a text and the root: {name} \"...\" ."
        ))
    };
    let [first, Operand::Field(root)] = command.arguments.as_slice() else {
        return Err(wrong());
    };
    if !root.is_empty() || piped.is_some() {
        return Err(wrong());
    }
    let Value::String(text) = operand(first, scope, depth)? else {
        return Err(wrong());
    };
    let given = match name {
        "include" => scope.definitions.get(&text)?,
        _ => super::evaluate_at_depth(&text, scope, depth + 1)?,
    };
    Ok(Value::String(given))
}

fn operand(operand: &Operand, scope: &Scope<'_>, depth: usize) -> Result<Value, ExpressionError> {
    match operand {
        Operand::Literal(value) => Ok(value.clone()),
        Operand::Field(path) => scope.field(path),
        Operand::Inner(pipeline, path) => scope::into(&value(pipeline, scope, depth)?, path),
        Operand::Function(name) => functions::call(name, &[]),
    }
}
