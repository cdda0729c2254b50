# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Configuration variables, kernel symbols and functions. Compared with libbpf: tests/obj.c.
==== kconfig numbers
kconfig: CONFIG_HZ=250;CONFIG_TINY=7;CONFIG_HEX=0x1f;CONFIG_U8=200
-- c
#include "bpf.h"
extern int CONFIG_HZ __kconfig; extern u64 CONFIG_HEX __kconfig; extern u16 CONFIG_TINY __kconfig; extern u8 CONFIG_U8 __kconfig;
SEC("socket") int prog(void *ctx) { return CONFIG_HZ + CONFIG_HEX + CONFIG_TINY + CONFIG_U8; }
LICENSE;
==== kconfig tristate, bool, char
kconfig: CONFIG_A=y;CONFIG_B=m;CONFIG_C=n;CONFIG_D=y;CONFIG_E=m
-- c
#include "bpf.h"
extern bool CONFIG_A __kconfig; extern enum libbpf_tristate CONFIG_B __kconfig; extern bool CONFIG_C __kconfig; extern enum libbpf_tristate CONFIG_D __kconfig; extern char CONFIG_E __kconfig;
SEC("socket") int prog(void *ctx) { return CONFIG_A + CONFIG_B * 2 + CONFIG_C * 4 + CONFIG_D * 8 + CONFIG_E; }
LICENSE;
==== kconfig text
kconfig: CONFIG_NAME="skep";CONFIG_LONG="much longer than the variable"
-- c
#include "bpf.h"
extern char CONFIG_NAME[16] __kconfig; extern char CONFIG_LONG[8] __kconfig;
SEC("socket") int prog(void *ctx) { return CONFIG_NAME[2] + CONFIG_LONG[3]; }
LICENSE;
==== kconfig in order of alignment, size and name
kconfig: CONFIG_HZ=100
-- c
#include "bpf.h"
extern char CONFIG_Z __kconfig __weak; extern u64 CONFIG_Y __kconfig __weak; extern u16 CONFIG_X __kconfig __weak; extern u64 CONFIG_B __kconfig __weak; extern char CONFIG_T[3] __kconfig __weak; extern int CONFIG_HZ __kconfig; extern bool CONFIG_A __kconfig __weak;
SEC("socket") int prog(void *ctx) { return CONFIG_Z + CONFIG_Y + CONFIG_X + CONFIG_B + CONFIG_T[1] + CONFIG_HZ + CONFIG_A; }
LICENSE;
==== what libbpf adds to the configuration
-- c
#include "bpf.h"
extern int LINUX_KERNEL_VERSION __kconfig; extern bool LINUX_HAS_BPF_COOKIE __kconfig; extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig; extern int LINUX_SOMETHING_NEW __kconfig __weak;
SEC("socket") int prog(void *ctx) { return LINUX_KERNEL_VERSION > 0x050000 ? LINUX_HAS_BPF_COOKIE : LINUX_HAS_SYSCALL_WRAPPER + LINUX_SOMETHING_NEW; }
LICENSE;
==== kconfig that is not set
error: the kernel's configuration does not have it
-- c
#include "bpf.h"
extern int CONFIG_OF_NO_KERNEL __kconfig;
SEC("socket") int prog(void *ctx) { return CONFIG_OF_NO_KERNEL; }
LICENSE;
==== kconfig that does not fit
kconfig: CONFIG_BIG=70000
error: does not fit
-- c
#include "bpf.h"
extern u16 CONFIG_BIG __kconfig;
SEC("socket") int prog(void *ctx) { return CONFIG_BIG; }
LICENSE;
==== kconfig of a struct
error: of a type that no configuration has
-- c
#include "bpf.h"
extern struct { int a; } CONFIG_S __kconfig;
SEC("socket") int prog(void *ctx) { return CONFIG_S.a; }
LICENSE;
==== a kernel variable by its type
-- c
#include "bpf.h"
struct rq { unsigned int nr_running; }; extern const struct rq runqueues __ksym; extern const int bpf_prog_active __ksym;
SEC("raw_tp/sys_enter") int prog(void *ctx) { return per_cpu_ptr(&runqueues, 1) != 0; }
LICENSE;
==== a weak kernel variable that there is not
-- c
#include "bpf.h"
extern const int no_such_variable __ksym __weak;
SEC("raw_tp/sys_enter") int prog(void *ctx) { return &no_such_variable ? 1 : 0; }
LICENSE;
==== a kernel variable that there is not
error: the kernel's BTF has no such variable
-- c
#include "bpf.h"
extern const int no_such_variable __ksym;
SEC("raw_tp/sys_enter") int prog(void *ctx) { return (long)&no_such_variable; }
LICENSE;
==== a kernel variable of another type
error: is declared as
-- c
#include "bpf.h"
struct wrong { int x; }; extern const struct wrong *runqueues __ksym;
SEC("raw_tp/sys_enter") int prog(void *ctx) { return (long)&runqueues; }
LICENSE;
==== addresses
-- c
#include "bpf.h"
extern const void schedule __ksym; extern const void vfs_read __ksym;
SEC("raw_tp/sys_enter") int prog(void *ctx) { return &schedule > &vfs_read; }
LICENSE;
==== kernel functions
cpu: v3 v4
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym; extern void bpf_task_release(struct task_struct *p) __ksym;
SEC("tp_btf/sched_switch") int prog(void *ctx) { struct task_struct *t = bpf_task_from_pid(1); if (t) bpf_task_release(t); return 0; }
LICENSE;
==== a weak kernel function that there is not
cpu: v3 v4
libbpf: 1.3
-- c
#include "bpf.h"
extern int bpf_no_such_function(int x) __ksym __weak; extern void bpf_rcu_read_lock(void) __ksym;
SEC("tp_btf/sched_switch") int prog(void *ctx) { bpf_rcu_read_lock(); return bpf_no_such_function ? bpf_no_such_function(3) : 4; }
LICENSE;
==== a kernel function that there is not
cpu: v3
error: the kernel has no such function
-- c
#include "bpf.h"
extern int bpf_no_such_function(int x) __ksym;
SEC("tp_btf/sched_switch") int prog(void *ctx) { return bpf_no_such_function(3); }
LICENSE;
==== a kernel function of a flavour
cpu: v3
libbpf: 1.3
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

extern struct task_struct *bpf_task_from_pid___v1(s32 pid) __ksym __weak; extern void bpf_task_release___v2(struct task_struct *p, int more) __ksym __weak;
SEC("tp_btf/sched_switch") int prog(void *ctx) { return bpf_task_from_pid___v1 && !bpf_task_release___v2; }
LICENSE;
==== a kernel function in a function
cpu: v3 v4
-- c
#include "bpf.h"
extern void bpf_rcu_read_lock(void) __ksym; extern void bpf_rcu_read_unlock(void) __ksym;
static __noinline int locked(int x) { bpf_rcu_read_lock(); bpf_rcu_read_unlock(); return x; }
SEC("tp_btf/sched_switch") int prog(int *ctx) { return locked(1) + locked(*ctx); }
SEC("tp_btf/sched_wakeup") int other(int *ctx) { bpf_rcu_read_lock(); bpf_rcu_read_unlock(); return locked(*ctx); }
LICENSE;
==== an extern that is declared nowhere
libbpf: 1.0
error: 
-- c
#include "bpf.h"
extern int missing;
SEC("socket") int prog(void *ctx) { return missing; }
LICENSE;
==== an extern function of another object
error: 
-- c
#include "bpf.h"
extern int missing(int x);
SEC("socket") int prog(int *ctx) { return missing(*ctx); }
LICENSE;
