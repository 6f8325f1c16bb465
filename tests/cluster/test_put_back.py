"""What a node leaves in the kernel goes, and nothing else: tried in a network of its own."""

import os
import shutil
import subprocess
import sys

import pytest

PREPARE = """
ipset create users-own hash:ip
ipset create KUBE-SRC-A hash:ip
ipset create kube-router-local-pods hash:ip
iptables -A INPUT -m set --match-set users-own src -j DROP
iptables -N KUBE-POD-FW-A
iptables -A KUBE-POD-FW-A -m set --match-set KUBE-SRC-A src -j ACCEPT
iptables -N KUBE-ROUTER-FORWARD
iptables -A FORWARD -j KUBE-ROUTER-FORWARD
iptables -A KUBE-ROUTER-FORWARD -m set --match-set kube-router-local-pods dst -j KUBE-POD-FW-A
ip link add bridge type bridge
"""
LOOK = "ipset list -name; iptables -S; ip -brief link"


@pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "ipset", "iptables", "ip"))),
    reason="needs root, and the packages of a node",
)
def test_only_what_is_the_nodes_goes_from_firewall_and_network() -> None:
    remove = f"{sys.executable} -c 'from cluster.bare import node; node._remove_network()'"
    script = f"set -e\n{PREPARE}\n{remove}\n{LOOK}"
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    left = done.stdout.splitlines()
    assert left[0] == "users-own"
    assert "-A INPUT -m set --match-set users-own src -j DROP" in left
    assert not [line for line in left if "KUBE-" in line or "kube-router" in line]
    assert not [line for line in left if line.startswith("bridge")]
