#!/usr/bin/env bash
# A Slurm cluster of one machine on loopback, for tests: munged, slurmctld and slurmd with everything they write in one
# folder. It serves whoever sets SLURM_CONF=DIR/slurm.conf. Runs as root, as slurmd must.
#
#   cluster.sh start DIR     77 if Slurm is not installed or cannot be started here, with the reason
#   cluster.sh stop DIR
set -uo pipefail

what=${1:?start or stop} dir=$(mkdir -p "${2:?a folder}" && cd "$2" && pwd)

skip() { echo "no Slurm here: $*" >&2; stop; exit 77; }

stop() {
  local name pid
  for name in slurmd slurmctld munged; do
    [ -s "$dir/$name.pid" ] || continue
    pid=$(cat "$dir/$name.pid")
    kill "$pid" 2>/dev/null
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  done
  own_memory_group find "$dir/cgroup/memory" -depth -type d -path '*/slurm*' -exec rmdir {} + 2>/dev/null
  return 0
}

free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
  done
}

# Runs a command that sees this process's own memory group (version 1) as the root of all: what Slurm makes stays below it.
own_memory_group() {
  mkdir -p "$dir/cgroup/memory"
  unshare --cgroup --mount sh -c 'mount -t cgroup -o memory none "$0" && exec "$@"' "$dir/cgroup/memory" "$@"
}

start() {
  local program host memory
  for program in munged slurmctld slurmd sbatch squeue scancel srun; do
    PATH=$PATH:/usr/sbin command -v $program >/dev/null || skip "$program is missing (apt install slurm-wlm)"
  done
  PATH=$PATH:/usr/sbin
  [ "$(id -u)" = 0 ] || skip "slurmd must run as root"
  host=$(hostname -s)
  memory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
  mkdir -p "$dir/state" "$dir/spool" "$dir/munge"
  chmod 755 "$dir"; chmod 700 "$dir/munge"
  dd if=/dev/urandom of="$dir/munge/key" bs=128 count=1 status=none && chmod 400 "$dir/munge/key"
  munged --force --key-file="$dir/munge/key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
    --log-file="$dir/munged.log" --seed-file="$dir/munge/seed" || skip "munged does not start"
  local limits wrapped=()
  if own_memory_group true 2>/dev/null; then  # the kernel ends what exceeds its memory: OUT_OF_MEMORY
    limits=$'TaskPlugin=task/cgroup\nJobAcctGatherType=jobacct_gather/none'
    printf '%s\n' CgroupPlugin=cgroup/v1 "CgroupMountpoint=$dir/cgroup" ConstrainRAMSpace=yes >"$dir/cgroup.conf"
    wrapped=(own_memory_group)
  else  # slurmd does, every second: FAILED
    limits=$'TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/linux\nJobAcctGatherParams=OverMemoryKill\nJobAcctGatherFrequency=task=1'
  fi
  cat >"$dir/slurm.conf" <<CONF
ClusterName=bgraph
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
MpiDefault=none
ReturnToService=2
KillWait=5
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
AccountingStorageType=accounting_storage/none
$limits
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$dir/slurm.conf
  slurmctld || skip "slurmctld does not start: $(tail -n 3 "$dir/slurmctld.log" 2>/dev/null)"
  "${wrapped[@]}" slurmd || skip "slurmd does not start: $(tail -n 3 "$dir/slurmd.log" 2>/dev/null)"
  for _ in $(seq 100); do
    [ "$(sinfo --noheader --format=%t 2>/dev/null)" = idle ] && return 0
    sleep 0.2
  done
  skip "the node never got idle: $(sinfo 2>&1 | tail -n 1) $(tail -n 3 "$dir/slurmd.log")"
}

$what
