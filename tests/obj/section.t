# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every name of a section that says what a program is. Compared with libbpf: tests/obj.c.
==== names that nothing follows
-- c
#include "bpf.h"
SEC("socket") int p_socket(void *ctx) { return 0; }
SEC("sk_reuseport/migrate") int p_sk_reuseport_migrate(void *ctx) { return 0; }
SEC("sk_reuseport") int p_sk_reuseport(void *ctx) { return 0; }
SEC("tc/ingress") int p_tc_ingress(void *ctx) { return 0; }
SEC("tc/egress") int p_tc_egress(void *ctx) { return 0; }
SEC("tc") int p_tc(void *ctx) { return 0; }
SEC("classifier") int p_classifier(void *ctx) { return 0; }
SEC("action") int p_action(void *ctx) { return 0; }
SEC("xdp.frags/devmap") int p_xdp_frags_devmap(void *ctx) { return 0; }
SEC("xdp/devmap") int p_xdp_devmap(void *ctx) { return 0; }
SEC("xdp.frags/cpumap") int p_xdp_frags_cpumap(void *ctx) { return 0; }
SEC("xdp/cpumap") int p_xdp_cpumap(void *ctx) { return 0; }
SEC("xdp.frags") int p_xdp_frags(void *ctx) { return 0; }
SEC("xdp") int p_xdp(void *ctx) { return 0; }
SEC("perf_event") int p_perf_event(void *ctx) { return 0; }
SEC("lwt_in") int p_lwt_in(void *ctx) { return 0; }
SEC("lwt_out") int p_lwt_out(void *ctx) { return 0; }
SEC("lwt_xmit") int p_lwt_xmit(void *ctx) { return 0; }
SEC("lwt_seg6local") int p_lwt_seg6local(void *ctx) { return 0; }
SEC("sockops") int p_sockops(void *ctx) { return 0; }
SEC("sk_skb/stream_parser") int p_sk_skb_stream_parser(void *ctx) { return 0; }
SEC("sk_skb/stream_verdict") int p_sk_skb_stream_verdict(void *ctx) { return 0; }
SEC("sk_skb/verdict") int p_sk_skb_verdict(void *ctx) { return 0; }
SEC("sk_skb") int p_sk_skb(void *ctx) { return 0; }
SEC("sk_msg") int p_sk_msg(void *ctx) { return 0; }
SEC("lirc_mode2") int p_lirc_mode2(void *ctx) { return 0; }
SEC("flow_dissector") int p_flow_dissector(void *ctx) { return 0; }
SEC("cgroup_skb/ingress") int p_cgroup_skb_ingress(void *ctx) { return 0; }
SEC("cgroup_skb/egress") int p_cgroup_skb_egress(void *ctx) { return 0; }
SEC("cgroup/skb") int p_cgroup_skb(void *ctx) { return 0; }
SEC("cgroup/sock_create") int p_cgroup_sock_create(void *ctx) { return 0; }
SEC("cgroup/sock_release") int p_cgroup_sock_release(void *ctx) { return 0; }
SEC("cgroup/sock") int p_cgroup_sock(void *ctx) { return 0; }
SEC("cgroup/post_bind4") int p_cgroup_post_bind4(void *ctx) { return 0; }
SEC("cgroup/post_bind6") int p_cgroup_post_bind6(void *ctx) { return 0; }
SEC("cgroup/bind4") int p_cgroup_bind4(void *ctx) { return 0; }
SEC("cgroup/bind6") int p_cgroup_bind6(void *ctx) { return 0; }
SEC("cgroup/connect4") int p_cgroup_connect4(void *ctx) { return 0; }
SEC("cgroup/connect6") int p_cgroup_connect6(void *ctx) { return 0; }
SEC("cgroup/sendmsg4") int p_cgroup_sendmsg4(void *ctx) { return 0; }
SEC("cgroup/sendmsg6") int p_cgroup_sendmsg6(void *ctx) { return 0; }
SEC("cgroup/recvmsg4") int p_cgroup_recvmsg4(void *ctx) { return 0; }
SEC("cgroup/recvmsg6") int p_cgroup_recvmsg6(void *ctx) { return 0; }
SEC("cgroup/getpeername4") int p_cgroup_getpeername4(void *ctx) { return 0; }
SEC("cgroup/getpeername6") int p_cgroup_getpeername6(void *ctx) { return 0; }
SEC("cgroup/getsockname4") int p_cgroup_getsockname4(void *ctx) { return 0; }
SEC("cgroup/getsockname6") int p_cgroup_getsockname6(void *ctx) { return 0; }
SEC("cgroup/sysctl") int p_cgroup_sysctl(void *ctx) { return 0; }
SEC("cgroup/getsockopt") int p_cgroup_getsockopt(void *ctx) { return 0; }
SEC("cgroup/setsockopt") int p_cgroup_setsockopt(void *ctx) { return 0; }
SEC("cgroup/dev") int p_cgroup_dev(void *ctx) { return 0; }
SEC("sk_lookup") int p_sk_lookup(void *ctx) { return 0; }
LICENSE;
==== syscall
-- c
#include "bpf.h"
SEC("syscall") int p_syscall(void *ctx) { return 0; }
LICENSE;
==== names that came later
libbpf: 1.4
-- c
#include "bpf.h"
SEC("tcx/ingress") int p_tcx_ingress(void *ctx) { return 0; }
SEC("tcx/egress") int p_tcx_egress(void *ctx) { return 0; }
SEC("netkit/primary") int p_netkit_primary(void *ctx) { return 0; }
SEC("netkit/peer") int p_netkit_peer(void *ctx) { return 0; }
SEC("cgroup/connect_unix") int p_cgroup_connect_unix(void *ctx) { return 0; }
SEC("cgroup/sendmsg_unix") int p_cgroup_sendmsg_unix(void *ctx) { return 0; }
SEC("cgroup/recvmsg_unix") int p_cgroup_recvmsg_unix(void *ctx) { return 0; }
SEC("cgroup/getpeername_unix") int p_cgroup_getpeername_unix(void *ctx) { return 0; }
SEC("cgroup/getsockname_unix") int p_cgroup_getsockname_unix(void *ctx) { return 0; }
LICENSE;
==== netfilter
libbpf: 1.2
-- c
#include "bpf.h"
SEC("netfilter") int p_netfilter(void *ctx) { return 0; }
LICENSE;
==== names alone that something may follow
-- c
#include "bpf.h"
SEC("kprobe") int p_kprobe(void *ctx) { return 0; }
SEC("uprobe") int p_uprobe(void *ctx) { return 0; }
SEC("kretprobe") int p_kretprobe(void *ctx) { return 0; }
SEC("uretprobe") int p_uretprobe(void *ctx) { return 0; }
SEC("ksyscall") int p_ksyscall(void *ctx) { return 0; }
SEC("kretsyscall") int p_kretsyscall(void *ctx) { return 0; }
SEC("usdt") int p_usdt(void *ctx) { return 0; }
SEC("tracepoint") int p_tracepoint(void *ctx) { return 0; }
SEC("tp") int p_tp(void *ctx) { return 0; }
SEC("raw_tracepoint") int p_raw_tracepoint(void *ctx) { return 0; }
SEC("raw_tp") int p_raw_tp(void *ctx) { return 0; }
SEC("raw_tracepoint.w") int p_raw_tracepoint_w(void *ctx) { return 0; }
SEC("raw_tp.w") int p_raw_tp_w(void *ctx) { return 0; }
LICENSE;
==== kprobe.multi
-- c
#include "bpf.h"
SEC("kprobe.multi") int p_kprobe_multi(void *ctx) { return 0; }
SEC("kretprobe.multi") int p_kretprobe_multi(void *ctx) { return 0; }
LICENSE;
==== uprobe.multi
libbpf: 1.3
-- c
#include "bpf.h"
SEC("uprobe.multi") int p_uprobe_multi(void *ctx) { return 0; }
SEC("uretprobe.multi") int p_uretprobe_multi(void *ctx) { return 0; }
SEC("uprobe.multi.s") int p_uprobe_multi_s(void *ctx) { return 0; }
SEC("uretprobe.multi.s") int p_uretprobe_multi_s(void *ctx) { return 0; }
LICENSE;
==== sleepable
-- c
#include "bpf.h"
SEC("uprobe.s") int p_uprobe_s(void *ctx) { return 0; }
SEC("uretprobe.s") int p_uretprobe_s(void *ctx) { return 0; }
SEC("usdt.s") int p_usdt_s(void *ctx) { return 0; }
LICENSE;
==== not wanted
-- c
#include "bpf.h"
SEC("?socket") int p_socket(void *ctx) { return 0; }
SEC("?sk_reuseport/migrate") int p_sk_reuseport_migrate(void *ctx) { return 0; }
SEC("?sk_reuseport") int p_sk_reuseport(void *ctx) { return 0; }
SEC("?tc/ingress") int p_tc_ingress(void *ctx) { return 0; }
SEC("?tc/egress") int p_tc_egress(void *ctx) { return 0; }
SEC("?tc") int p_tc(void *ctx) { return 0; }
SEC("?classifier") int p_classifier(void *ctx) { return 0; }
SEC("?action") int p_action(void *ctx) { return 0; }
SEC("socket") int wanted(void *ctx) { return 0; }
LICENSE;
==== kernel functions
-- c
#include "bpf.h"
SEC("kprobe/vfs_read") int a(void *ctx) { return 0; } SEC("kretprobe/vfs_read") int b(void *ctx) { return 0; }
SEC("kprobe/vfs_read+0x10") int c(void *ctx) { return 0; } SEC("ksyscall/openat") int d(void *ctx) { return 0; } SEC("kretsyscall/openat") int e(void *ctx) { return 0; }
LICENSE;
==== user functions
-- c
#include "bpf.h"
SEC("uprobe//bin/true:main") int a(void *ctx) { return 0; } SEC("uretprobe/libc.so.6:malloc") int b(void *ctx) { return 0; }
SEC("uprobe.s//bin/true:main+4") int c(void *ctx) { return 0; } SEC("usdt/libc.so.6:libc:memory_heap_new") int d(void *ctx) { return 0; }
LICENSE;
==== fentry, fexit, fmod_ret by BTF
-- c
#include "bpf.h"
SEC("fentry/vfs_read") int a(void *ctx) { return 0; } SEC("fexit/vfs_read") int b(void *ctx) { return 0; }
SEC("fentry.s/__x64_sys_getpgid") int c(void *ctx) { return 0; } SEC("fmod_ret/security_file_open") int d(void *ctx) { return 0; }
LICENSE;
==== tracepoints
-- c
#include "bpf.h"
SEC("tp_btf/sched_switch") int a(void *ctx) { return 0; } SEC("raw_tp/sched_switch") int b(void *ctx) { return 0; }
SEC("tp/sched/sched_switch") int c(void *ctx) { return 0; } SEC("raw_tracepoint.w/sched_switch") int d(void *ctx) { return 0; } SEC("tracepoint/sched/sched_switch") int e(void *ctx) { return 0; }
LICENSE;
==== security hooks
-- c
#include "bpf.h"
SEC("lsm/file_open") int a(void *ctx) { return 0; } SEC("lsm.s/bprm_check_security") int b(void *ctx) { return 0; } SEC("lsm_cgroup/socket_bind") int c(void *ctx) { return 1; }
LICENSE;
==== iterators
-- c
#include "bpf.h"
SEC("iter/task") int a(void *ctx) { return 0; } SEC("iter/bpf_map") int b(void *ctx) { return 0; } SEC("iter.s/task") int c(void *ctx) { return 0; }
LICENSE;
==== XDP with fragments
-- c
#include "bpf.h"
SEC("xdp.frags/devmap") int p_xdp_frags_devmap(void *ctx) { return 0; }
SEC("xdp/devmap") int p_xdp_devmap(void *ctx) { return 0; }
SEC("xdp.frags/cpumap") int p_xdp_frags_cpumap(void *ctx) { return 0; }
SEC("xdp/cpumap") int p_xdp_cpumap(void *ctx) { return 0; }
SEC("xdp.frags") int p_xdp_frags(void *ctx) { return 0; }
SEC("xdp") int p_xdp(void *ctx) { return 0; }
LICENSE;
==== an attach target that there is not
error: no function 'vfs_reed'
-- c
#include "bpf.h"
SEC("fentry/vfs_reed") int a(void *ctx) { return 0; }
LICENSE;
==== a tracepoint that there is not
error: no tracepoint 'sched_witch'
-- c
#include "bpf.h"
SEC("tp_btf/sched_witch") int a(void *ctx) { return 0; }
LICENSE;
==== a module that there is not
error: no function 'nomodule:vfs_read'
-- c
#include "bpf.h"
SEC("fentry/nomodule:vfs_read") int a(void *ctx) { return 0; }
LICENSE;
==== only functions
libbpf: no
-- c
#include "bpf.h"
__noinline int f(int x) { return x; }
__noinline int g(int x) { return f(x) + 1; }
LICENSE;
-- dump
