#!/usr/bin/env bash
# Inside the node image, in two steps that are cached apart: packages, settings.
set -euo pipefail

packages() {
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    systemd systemd-sysv dbus openssh-server sudo iptables nftables conntrack ethtool socat iproute2 \
    iputils-ping kmod procps containerd runc containernetworking-plugins curl ca-certificates rsync \
    lz4 netbase jq less xz-utils zstd pigz python3
  rm -r /var/lib/apt/lists/*
}

settings() {
  chmod 755 /usr/sbin/minikube-automount /usr/local/bin/* /usr/local/sbin/runc \
    /var/lib/minikube/scheduled-stop/minikube-scheduled-stop
  # Devices, mounts, consoles and kernel messages are the host's: only a few units start.
  local place=/usr/lib/systemd/system
  for target in multi-user local-fs basic; do
    rm -f {$place,/etc/systemd/system}/$target.target.wants/*
  done
  rm -f {$place,/etc/systemd/system}/sysinit.target.wants/systemd-tmpfiles-setup.service
  rm -f {$place,/etc/systemd/system}/sockets.target.wants/*{udev,initctl}*
  systemctl mask systemd-binfmt.service
  systemctl disable containerd
  systemctl enable ssh minikube-automount images pod-network
  echo ReadKMsg=no >>/etc/systemd/journald.conf
  sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
  ln -sf /lib/systemd/systemd /sbin/init
  mkdir -p /etc/kubernetes/manifests /kind /etc/containerd/certs.d /etc/cni/net.d /opt/cni
  ln -sfn /usr/lib/cni /opt/cni/bin
  rm -f /etc/cni/net.d/*
  # Minikube's key is RSA; its user is called docker, needs no password and may do everything.
  printf '%s\n' 'PubkeyAcceptedAlgorithms +ssh-rsa' 'HostkeyAlgorithms +ssh-rsa' \
    'PasswordAuthentication no' >>/etc/ssh/sshd_config
  groupadd docker
  useradd --create-home --shell /bin/bash --gid docker --groups sudo --password '*' docker
  install -m 440 /dev/stdin /etc/sudoers.d/node <<<'%sudo ALL=(ALL) NOPASSWD:ALL'
  install -d -o docker -g docker /home/docker/.ssh
  echo '{"iso_version": "stand-in", "kicbase_version": "stand-in", "minikube_version": "v1.38.1"}' >/version.json
  echo stand-in >/kic.txt
  rm -r /tmp/node
}

"$1"
