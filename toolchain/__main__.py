"""`python3 -m toolchain`: build everything that a bare machine needs, and nothing else."""

import sys

from toolchain import build, selection, virtual_environment
from toolchain.process import Failed, say

try:
    build.ensure(selection.lacking(minikube=True, node=True))
    virtual_environment.ensure()
except Failed as error:
    sys.exit(str(error))
say("The toolchain is complete.")
