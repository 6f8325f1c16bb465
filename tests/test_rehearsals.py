"""What the rehearsals rely on, without running one."""

import resource
from pathlib import Path
from typing import Any

from tests.rehearsals import machine
from tests.rehearsals.node import runc

BEFORE = {"interface": frozenset({"lo", "eth0"}), "mount": frozenset({"/dev/vda / ext4"})}


def test_what_is_left_and_what_is_gone_is_named() -> None:
    after = {"interface": frozenset({"lo", "docker0"}), "mount": BEFORE["mount"]}
    assert machine.differences(BEFORE, after) == ["interface gone: eth0", "interface new: docker0"]


def test_another_cluster_and_its_images_may_come_and_go() -> None:
    veth = frozenset({*BEFORE["interface"], "veth12ab@if2"})
    pod = "nsfs /run/netns/cni-8bb9 nsfs rw"
    build = "overlay /var/lib/containers/storage/overlay/aa1d/merged overlay rw"
    mounts = frozenset({*BEFORE["mount"], pod, build})
    assert machine.differences(BEFORE, {"interface": veth, "mount": mounts}) == []


def test_a_container_asks_for_no_more_than_its_engine_has() -> None:
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    process: dict[str, Any] = {
        "capabilities": {"bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE"]},
        "oomScoreAdj": -999,
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": highest + 1, "soft": highest + 1}],
    }
    runc.fit(process)
    assert process["capabilities"] == {"bounding": ["CAP_CHOWN"]}
    assert process["oomScoreAdj"] == int(Path("/proc/self/oom_score_adj").read_text())
    assert process["rlimits"] == [{"type": "RLIMIT_NOFILE", "hard": highest, "soft": highest}]
