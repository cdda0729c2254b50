# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# CO-RE: every kind of relocation, against this kernel. Compared with libbpf: tests/obj.c.
==== byte offset
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

SEC("raw_tp/sys_enter") int prog(struct task_struct *t) { u64 s; int pid; core_read(&s, &t->start_time); core_read(&pid, &t->pid); return s + pid; }
LICENSE;
==== through pointers
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

SEC("tp_btf/sched_switch") int prog(u64 *ctx) { struct task_struct *t = (void *)ctx[1]; return t->real_parent->tgid + t->group_leader->pid + t->mm->start_code; }
LICENSE;
==== array elements
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

SEC("tp_btf/sched_switch") int prog(u64 *ctx) { struct task_struct *t = (void *)ctx[1]; return t->comm[3] + t->comm[0]; }
LICENSE;
==== size, existence, sign
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

SEC("raw_tp/sys_enter") int prog(struct task_struct *t) { return field_size(t->comm) + field_exists(t->mm) * 100 + field_signed(t->pid) * 1000 + field_signed(t->start_time) * 3; }
LICENSE;
==== bitfields
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

SEC("raw_tp/sys_enter") int prog(struct task_struct *t) { return field_offset(t->in_execve) + field_size(t->in_execve) * 64 + field_lshift(t->in_execve) * 3 + field_rshift(t->in_execve) * 5; }
LICENSE;
==== a field that there is not, guarded
-- c
#include "bpf.h"
struct task_struct___old { int no_such_field; int pid; } __core;
SEC("raw_tp/sys_enter") int prog(struct task_struct___old *t) { int x = 0; if (field_exists(t->no_such_field)) core_read(&x, &t->no_such_field); else core_read(&x, &t->pid); return x; }
LICENSE;
==== a struct that there is not
-- c
#include "bpf.h"
struct no_such_struct { int a, b; } __core;
SEC("raw_tp/sys_enter") int prog(struct no_such_struct *s) { int x; core_read(&x, &s->b); return x + type_exists(struct no_such_struct) + type_size(struct no_such_struct); }
LICENSE;
==== types
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

struct rq { int unused; }; union thread_union { long x; }; typedef u64 sector_t; enum pid_type { PIDTYPE_PID };
SEC("raw_tp/sys_enter") int prog(void *ctx) { return type_exists(struct task_struct) + type_size(struct task_struct) + type_exists(struct rq) * 2 + type_exists(sector_t) * 4 + type_exists(enum pid_type) * 8 + type_exists(union thread_union) * 16; }
LICENSE;
==== type ids
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

SEC("raw_tp/sys_enter") u64 prog(void *ctx) { return type_id_local(struct task_struct) + type_id_target(struct task_struct) * 3; }
LICENSE;
==== matching types
libbpf: 1.1
cpu: v3
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core; struct hlist_head { int wrong; } __core;
SEC("raw_tp/sys_enter") int prog(void *ctx) { return type_matches(struct list_head) + type_matches(struct hlist_head) * 2; }
LICENSE;
==== values of enums
-- c
#include "bpf.h"
enum pid_type { PIDTYPE_PID = 77, PIDTYPE_TGID = 88, PIDTYPE_NONE_SUCH = 99 };
SEC("raw_tp/sys_enter") int prog(void *ctx) { return enum_value(enum pid_type, PIDTYPE_PID) + enum_value(enum pid_type, PIDTYPE_TGID) * 3 + enum_exists(enum pid_type, PIDTYPE_PID) * 5 + enum_exists(enum pid_type, PIDTYPE_NONE_SUCH) * 7; }
LICENSE;
==== the value of an enum that there is not
-- c
#include "bpf.h"
enum pid_type { PIDTYPE_NONE_SUCH = 99 };
SEC("raw_tp/sys_enter") int prog(void *ctx) { return enum_value(enum pid_type, PIDTYPE_NONE_SUCH); }
LICENSE;
==== flavours
-- c
#include "bpf.h"
struct task_struct___a { int pid; } __core; struct task_struct___b { u64 start_time; } __core;
SEC("raw_tp/sys_enter") u64 prog(void *t) { u64 s; int p; core_read(&s, &((struct task_struct___b *)t)->start_time); core_read(&p, &((struct task_struct___a *)t)->pid); return s + p; }
LICENSE;
==== anonymous structs on the way
-- c
#include "bpf.h"
struct page { unsigned long flags; union { struct { void *mapping; unsigned long index; }; unsigned long private; }; } __core;
struct sock_common { union { struct { u32 skc_daddr, skc_rcv_saddr; }; }; u16 skc_family; } __core; struct sock { struct sock_common __sk_common; } __core;
SEC("raw_tp/sys_enter") int prog(struct sock *s) { u32 a; u16 f; core_read(&a, &s->__sk_common.skc_rcv_saddr); core_read(&f, &s->__sk_common.skc_family); return a + f; }
LICENSE;
==== loads that change their size
-- c
#include "bpf.h"
struct task_struct { unsigned long pid; u16 exit_code; } __core;
SEC("tp_btf/sched_switch") int prog(u64 *ctx) { struct task_struct *t = (void *)ctx[1]; return t->exit_code; }
LICENSE;
==== in a function, for two programs
-- c
#include "bpf.h"
struct list_head { struct list_head *next, *prev; } __core;
struct mm_struct { unsigned long start_code; } __core;
struct task_struct { int pid, tgid; struct task_struct *real_parent, *group_leader; struct mm_struct *mm; char comm[16]; u64 start_time; unsigned int in_execve : 1; } __core;

static __noinline int pid_of(struct task_struct *t) { int pid; core_read(&pid, &t->pid); return pid; }
SEC("raw_tp/sys_enter") int one(struct task_struct *t) { return pid_of(t); } SEC("raw_tp/sys_exit") int two(struct task_struct *t) { return pid_of(t) + 1; }
LICENSE;
==== in a program that is not wanted
-- c
#include "bpf.h"
struct task_struct { int pid; int no_such; } __core;
SEC("?raw_tp/sys_enter") int not_wanted(struct task_struct *t) { int x; core_read(&x, &t->no_such); return x; }
SEC("raw_tp/sys_exit") int wanted(struct task_struct *t) { int x; core_read(&x, &t->pid); return x; }
LICENSE;
==== 64-bit values
cpu: v3 v4
-- c
#include "bpf.h"
enum big { BIG_NONE_SUCH = 0x123456789aULL };
SEC("raw_tp/sys_enter") u64 prog(void *ctx) { return enum_exists(enum big, BIG_NONE_SUCH); }
LICENSE;
==== arrays of structs
-- c
#include "bpf.h"
struct rb_node { unsigned long a; } __core; struct upid { int nr; } __core; struct pid { unsigned int level; struct upid numbers[4]; } __core;
SEC("tp_btf/sched_switch") int prog(struct pid *p) { int x; core_read(&x, &p->numbers[0].nr); return x + field_offset(p->level); }
LICENSE;
==== stores
libbpf: 1.0
-- c
#include "bpf.h"
struct __sk_buff { u32 len, pkt_type, mark; u32 queue_mapping; u32 protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index, cb[5]; } __core;
SEC("tc") int prog(struct __sk_buff *skb) { skb->mark = 5; skb->cb[2] = skb->mark; return 0; }
LICENSE;
