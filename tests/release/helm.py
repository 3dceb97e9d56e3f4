"""Installs, upgrades or looks up a release with Helm.

Takes JSON on standard input: kubeconfig, namespace, chart, release, and a list of steps. A step is
values to install or upgrade to; then the statuses that Helm has on record are given as JSON.
"""

import json
import sys

import helm_python as helm

asked = json.load(sys.stdin)
with helm.Config(kubeconfig_path=asked["kubeconfig"], namespace=asked["namespace"]) as config:
    for number, values in enumerate(asked["steps"]):
        if number == 0:
            config.install(asked["chart"], asked["release"], values=values)
        else:
            config.upgrade(asked["chart"], asked["release"], values=values)
    try:
        known = [one["status"] for one in config.history(asked["release"])]
    except helm.HelmError as error:
        known = str(error)
json.dump(known, sys.stdout)
