/** System calls by what they are for. What is in no list is refused, and so is every call that a later kernel brings. */
export interface SyscallGroups {
  readonly [purpose: string]: readonly string[];
}

/**
 * Calls that any container may make. Left out on purpose: `io_uring_*` and `userfaultfd` (many holes in the past), `bpf`
 * and `perf_event_open`, keyrings (not kept apart by namespaces), everything about mounts, modules, swap, kexec and the
 * clock, `ptrace` and its kin, `socketcall` (which would get around the rule about `socket`), and calls that no current
 * C library makes. Several names of one call are those of the 32-bit ABIs that the same kernel serves.
 */
export const allowedSyscalls: SyscallGroups = {
  "open files": [
    ..."access close close_range creat dup dup2 dup3 faccessat faccessat2 fcntl fcntl64 flock ioctl open openat".split(
      " ",
    ),
    ..."openat2 pipe pipe2 umask".split(" "),
  ],
  "read and write": [
    ..."_llseek copy_file_range fadvise64 fadvise64_64 fallocate fdatasync fsync ftruncate ftruncate64 lseek pread64".split(
      " ",
    ),
    ..."preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64 splice sync sync_file_range".split(
      " ",
    ),
    ..."sync_file_range2 syncfs tee truncate truncate64 vmsplice write writev".split(" "),
  ],
  "names and directories": [
    ..."chdir fchdir getcwd getdents getdents64 link linkat mkdir mkdirat mknod mknodat name_to_handle_at readdir".split(
      " ",
    ),
    ..."readlink readlinkat rename renameat renameat2 rmdir symlink symlinkat unlink unlinkat".split(" "),
  ],
  "attributes of files": [
    ..."chmod chown chown32 fchmod fchmodat fchmodat2 fchown fchown32 fchownat fgetxattr flistxattr fremovexattr".split(
      " ",
    ),
    ..."fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 futimesat getxattr getxattrat lchown lchown32 lgetxattr".split(
      " ",
    ),
    ..."listxattr listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 newfstatat removexattr removexattrat".split(
      " ",
    ),
    ..."setxattr setxattrat stat stat64 statfs statfs64 statx utime utimensat utimensat_time64 utimes".split(" "),
  ],
  "watch files": ["inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch"],
  "asynchronous input and output": [
    ..."io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit".split(" "),
  ],
  "wait for files": [
    ..."_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait".split(" "),
    ..."epoll_wait_old eventfd eventfd2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select".split(" "),
  ],
  memory: [
    ..."brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap".split(
      " ",
    ),
    ..."mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect".split(" "),
    ..."process_mrelease remap_file_pages".split(" "),
  ],
  "processes and threads": [
    ..."execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake".split(
      " ",
    ),
    ..."get_robust_list get_thread_area getpgid getpgrp getpid getppid getrlimit getrusage getsid gettid ioprio_get".split(
      " ",
    ),
    ..."ioprio_set getpriority pidfd_open prctl prlimit64 rseq set_robust_list set_thread_area set_tid_address".split(
      " ",
    ),
    ..."setpgid setpriority setrlimit setsid times ugetrlimit vfork wait4 waitid waitpid".split(" "),
  ],
  scheduling: [
    ..."getcpu sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam".split(" "),
    ..."sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr".split(
      " ",
    ),
    ..."sched_setparam sched_setscheduler sched_yield".split(" "),
  ],
  signals: [
    ..."kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo".split(
      " ",
    ),
    ..."rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaction sigaltstack".split(
      " ",
    ),
    ..."signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend tgkill tkill".split(" "),
  ],
  "time and timers": [
    ..."alarm clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64".split(
      " ",
    ),
    ..."getitimer gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime".split(
      " ",
    ),
    ..."timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64".split(" "),
    ..."timerfd_settime timerfd_settime64".split(" "),
  ],
  network: [
    ..."accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg".split(" "),
    ..."recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketpair".split(" "),
  ],
  "users and groups": [
    ..."capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid".split(" "),
    ..."getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32".split(
      " ",
    ),
    ..."setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32".split(
      " ",
    ),
    ..."setuid setuid32".split(" "),
  ],
  "communication of processes": [
    ..."ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64".split(
      " ",
    ),
    ..."mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt".split(
      " ",
    ),
    ..."shmget".split(" "),
  ],
  "own restrictions": ["landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "seccomp"],
  system: ["getrandom", "sysinfo", "uname"],
  // A name that an architecture does not have is skipped by the OCI runtimes.
  "one architecture": [
    ..."arch_prctl arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush modify_ldt riscv_flush_icache".split(" "),
    ..."riscv_hwprobe s390_runtime_instr set_tls swapcontext uprobe uretprobe".split(" "),
  ],
};

/** Calls that make sense to those only who have a capability, and are allowed with it. */
export const syscallsOfCapability: SyscallGroups = {
  CAP_BPF: ["bpf"],
  CAP_DAC_READ_SEARCH: ["open_by_handle_at"],
  CAP_PERFMON: ["perf_event_open"],
  CAP_SYSLOG: ["syslog"],
  CAP_SYS_ADMIN: [
    ..."bpf clone clone3 fanotify_init fanotify_mark fsconfig fsmount fsopen fspick listmount mount mount_setattr".split(
      " ",
    ),
    ..."move_mount open_tree open_tree_attr perf_event_open quotactl quotactl_fd setdomainname sethostname setns".split(
      " ",
    ),
    ..."statmount syslog umount umount2 unshare".split(" "),
  ],
  CAP_SYS_BOOT: ["reboot"],
  CAP_SYS_CHROOT: ["chroot"],
  CAP_SYS_MODULE: ["delete_module", "finit_module", "init_module"],
  CAP_SYS_NICE: ["get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"],
  CAP_SYS_PACCT: ["acct"],
  CAP_SYS_PTRACE: ["kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace"],
  CAP_SYS_RAWIO: ["ioperm", "iopl"],
  CAP_SYS_TIME: [
    ..."adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime".split(" "),
  ],
  CAP_SYS_TTY_CONFIG: ["vhangup"],
};
