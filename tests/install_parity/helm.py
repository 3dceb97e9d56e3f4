"""Renders values with Helm, reads YAML and --set expressions with it.

Takes JSON on standard input: a chart's folder, sets of values, texts of YAML, expressions, sets
whose annotation a is a template. Gives JSON on standard output: for each an answer, or the error.
"""

import json
import re
import sys

import helm_python as helm


def answer(function, *arguments):
    try:
        return {"ok": function(*arguments)}
    except helm.HelmError as error:
        return {"error": str(error)}


def render(chart, case):
    rendered = chart.render(case["values"], name=case["release"], namespace=case["namespace"])
    objects = []
    for name, text in sorted(rendered.items()):
        if name.endswith(".txt"):
            continue
        for document in re.split(r"(?m)^---$", text):
            parsed = helm.values_from_yaml(document)
            if parsed:
                objects.append(parsed)
    return objects


def annotation(chart, case):
    [deployment] = [one for one in render(chart, case) if one["kind"] == "Deployment"]
    return deployment["spec"]["template"]["metadata"]["annotations"]["a"]


asked = json.load(sys.stdin)
readers = {
    "typed": helm.parse_set_string,
    "text": helm.parse_set_string_values,
    "json": helm.parse_set_json,
    "literal": helm.parse_set_literal,
}
with helm.Chart.load(asked["chart"]) as chart:
    answers = {
        "cases": [answer(render, chart, case) for case in asked["cases"]],
        "texts": [answer(helm.values_from_yaml, text) for text in asked["texts"]],
        "templates": [answer(annotation, chart, case) for case in asked["templates"]],
        "expressions": [answer(readers[how], text) for how, text in asked["expressions"]],
    }
json.dump(answers, sys.stdout)
