//! Makes a tree of a template's stretches.

use serde_json::Value;

use super::{
    ExpressionError,
    lex::{self, Stretch, Word},
};

/// A part of a template.
#[derive(Debug, PartialEq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// The value of a pipeline.
    Output(Pipeline),
    /// The first branch whose condition holds, else the last pieces.
    If(Vec<(Pipeline, Vec<Piece>)>, Vec<Piece>),
}

/// Commands, each of which takes the value of the one before as its last argument.
pub type Pipeline = Vec<Command>;

/// A function with its arguments, or a value.
#[derive(Debug, PartialEq)]
pub struct Command {
    /// What is called, or the value itself.
    pub head: Operand,
    /// What it is called with.
    pub arguments: Vec<Operand>,
}

/// A value, or what stands for one.
#[derive(Debug, PartialEq)]
pub enum Operand {
    /// A function.
    Function(String),
    /// A path from the root.
    Field(Vec<String>),
    /// A value as it is.
    Literal(Value),
    /// A pipeline in parentheses, and a path into its value.
    Inner(Pipeline, Vec<String>),
}

/// How deep parentheses and ifs may be nested.
const DEEPEST: usize = 50;

/// Reads a template.
pub fn parse(template: &str) -> Result<Vec<Piece>, ExpressionError> {
    let stretches = lex::split(template)?;
    let mut rest = stretches.into_iter();
    let (pieces, end) = pieces(&mut rest, 0)?;
    match end {
        End::OfTemplate => Ok(pieces),
        End::Else(_) => Err(ExpressionError("else without if".to_owned())),
        End::OfIf => Err(ExpressionError("end without if".to_owned())),
    }
}

/// What ended a run of pieces.
enum End {
    OfTemplate,
    Else(Vec<Word>),
    OfIf,
}

fn pieces(
    rest: &mut impl Iterator<Item = Stretch>,
    depth: usize,
) -> Result<(Vec<Piece>, End), ExpressionError> {
    let mut found = Vec::new();
    while let Some(stretch) = rest.next() {
        let words = match stretch {
            Stretch::Text(text) => {
                found.push(Piece::Text(text));
                continue;
            }
            Stretch::Action(words) => words,
        };
        match words.first() {
            Some(Word::Name(name)) if name == "if" => {
                found.push(branches(&words[1..], rest, depth + 1)?)
            }
            Some(Word::Name(name)) if name == "else" => {
                return Ok((found, End::Else(words[1..].to_vec())));
            }
            Some(Word::Name(name)) if name == "end" => return Ok((found, End::OfIf)),
            Some(Word::Name(name)) if is_other_keyword(name) => {
                return Err(ExpressionError(format!(
                    "{name} is not supported in a value"
                )));
            }
            _ => found.push(Piece::Output(whole_pipeline(&words)?)),
        }
    }
    Ok((found, End::OfTemplate))
}

fn is_other_keyword(name: &str) -> bool {
    matches!(
        name,
        "range" | "with" | "define" | "template" | "block" | "break" | "continue"
    )
}

fn branches(
    condition: &[Word],
    rest: &mut impl Iterator<Item = Stretch>,
    depth: usize,
) -> Result<Piece, ExpressionError> {
    if depth > DEEPEST {
        return Err(ExpressionError(format!(
            "more than {DEEPEST} ifs are nested"
        )));
    }
    let mut branches = Vec::new();
    let mut condition = whole_pipeline(condition)?;
    loop {
        let (inside, end) = pieces(rest, depth)?;
        branches.push((condition, inside));
        match end {
            End::OfTemplate => return Err(ExpressionError("if without end".to_owned())),
            End::OfIf => return Ok(Piece::If(branches, Vec::new())),
            End::Else(words) if words.is_empty() => {
                let (last, end) = pieces(rest, depth)?;
                return match end {
                    End::OfIf => Ok(Piece::If(branches, last)),
                    _ => Err(ExpressionError("if without end".to_owned())),
                };
            }
            End::Else(words) => match words.split_first() {
                Some((Word::Name(name), words)) if name == "if" => {
                    condition = whole_pipeline(words)?
                }
                _ => return Err(ExpressionError("else takes nothing, or an if".to_owned())),
            },
        }
    }
}

fn whole_pipeline(words: &[Word]) -> Result<Pipeline, ExpressionError> {
    let mut rest = words;
    let pipeline = pipeline(&mut rest, 0)?;
    if rest.is_empty() {
        Ok(pipeline)
    } else {
        Err(ExpressionError(") without (".to_owned()))
    }
}

/// Reads up to the end, or to a closing parenthesis, which is left.
fn pipeline(rest: &mut &[Word], depth: usize) -> Result<Pipeline, ExpressionError> {
    if depth > DEEPEST {
        return Err(ExpressionError(format!(
            "more than {DEEPEST} parentheses are nested"
        )));
    }
    let mut commands = Vec::new();
    loop {
        let mut operands = Vec::new();
        while let Some(operand) = operand(rest, depth)? {
            operands.push(operand);
        }
        let mut operands = operands.into_iter();
        let Some(head) = operands.next() else {
            return Err(ExpressionError(
                "a value or a function is missing".to_owned(),
            ));
        };
        let arguments: Vec<_> = operands.collect();
        if !matches!(head, Operand::Function(_)) && (!arguments.is_empty() || !commands.is_empty())
        {
            return Err(ExpressionError(
                "a value is called as if it were a function".to_owned(),
            ));
        }
        commands.push(Command { head, arguments });
        match rest.split_first() {
            Some((Word::Pipe, after)) => *rest = after,
            _ => return Ok(commands),
        }
    }
}

fn operand(rest: &mut &[Word], depth: usize) -> Result<Option<Operand>, ExpressionError> {
    let Some((word, after)) = rest.split_first() else {
        return Ok(None);
    };
    let operand = match word {
        Word::Pipe | Word::Close => return Ok(None),
        Word::Field(path) => Operand::Field(path.clone()),
        Word::FieldOfParenthesis(_) => {
            return Err(ExpressionError(
                "a path follows what is no parenthesis".to_owned(),
            ));
        }
        Word::Text(text) => Operand::Literal(Value::String(text.clone())),
        Word::Number(text) => Operand::Literal(number(text)?),
        Word::Name(name) => match name.as_str() {
            "true" => Operand::Literal(Value::Bool(true)),
            "false" => Operand::Literal(Value::Bool(false)),
            "nil" => Operand::Literal(Value::Null),
            _ => Operand::Function(name.clone()),
        },
        Word::Open => {
            *rest = after;
            let inner = pipeline(rest, depth + 1)?;
            let Some((Word::Close, after)) = rest.split_first() else {
                return Err(ExpressionError("( is not closed with )".to_owned()));
            };
            *rest = after;
            let mut path = Vec::new();
            if let Some((Word::FieldOfParenthesis(names), after)) = rest.split_first() {
                path.clone_from(names);
                *rest = after;
            }
            return Ok(Some(Operand::Inner(inner, path)));
        }
    };
    *rest = after;
    Ok(Some(operand))
}

fn number(text: &str) -> Result<Value, ExpressionError> {
    if let Ok(integer) = text.parse::<i64>() {
        return Ok(integer.into());
    }
    text.parse::<f64>()
        .ok()
        .and_then(serde_json::Number::from_f64)
        .map(Value::Number)
        .ok_or_else(|| ExpressionError(format!("{text} is not a number")))
}
