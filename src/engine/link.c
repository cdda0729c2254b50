/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Links: a program, or a map of struct_ops, tied to where it runs, for as long as the link is held.
 *
 * What only a kernel can attach to - kprobes, uprobes, perf events, netkit devices - is refused with
 * the errno of a kernel that is built without it.
 */
#include <sys/stat.h>

#include "engine/impl.h"

enum { REPLACE = 4 };

/* ---- creation, by type ---- */

static int link_place(struct call *c, struct prog_object *p, struct link_object *l)
{
	int err = attach_target(c, l->attach, c->a->link_create.target_fd, &l->to);
	const struct attachment at = {
		.to = l->to, .attach = l->attach, .flags = l->type == ABI_LINK_CGROUP ? 2 : 0,
		.prog = p, .link = l};

	return err ? err : attach_add(c->e, &at);
}

/* kernel: tcx_link_attach() */
static int link_ordered(struct call *c, struct prog_object *p, struct link_object *l)
{
	const struct mprog_how how = {c->a->link_create.flags, c->a->link_create.relative.fd,
				      c->a->link_create.relative.expected_revision};
	int err = attach_target(c, l->attach, c->a->link_create.target_fd, &l->to);

	lock(c->e);
	if (!err)
		err = mprog_attach(c, &(struct attachment){l->to, l->attach, 0, p, l}, NULL, &how);
	unlock(c->e);
	return err;
}

static int link_device(struct call *c, struct prog_object *p, struct link_object *l)
{
	enum { SKB = 2, DRIVER = 4, HARDWARE = 8 };
	uint32_t flags = c->a->link_create.flags;
	int err;

	if (l->type == ABI_LINK_XDP &&
	    (flags & ~(uint32_t)(SKB | DRIVER | HARDWARE) || flags & (flags - 1)))
		return -EINVAL;
	err = link_place(c, p, l);
	return err == -ENODEV && l->type == ABI_LINK_XDP ? -EINVAL : err;
}

static int link_netns(struct call *c, struct prog_object *p, struct link_object *l)
{
	return c->a->link_create.flags ? -EINVAL : link_place(c, p, l);
}

static int link_sockmap(struct call *c, struct prog_object *p, struct link_object *l)
{
	struct object *o;
	int err;

	if (c->a->link_create.flags)
		return -EINVAL;
	err = object_by_fd(c->e, ENGINE_MAP, (int)c->a->link_create.target_fd, &o, NULL);
	if (err)
		return err;
	l->map = to_map(o);
	return link_place(c, p, l);
}

static int link_netfilter(struct call *c, struct prog_object *p, struct link_object *l)
{
	enum { IPV4 = 2, IPV6 = 10, HOOKS = 5, DEFRAG = 1, PRI_DEFRAG = -400 };
	const union engine_attr *a = c->a;

	(void)p;
	if (a->link_create.flags)
		return -EINVAL;
	l->pf = a->link_create.netfilter.pf;
	l->hooknum = a->link_create.netfilter.hooknum;
	l->priority = a->link_create.netfilter.priority;
	l->flags = a->link_create.netfilter.flags;
	if (l->pf != IPV4 && l->pf != IPV6)
		return -EAFNOSUPPORT;
	if (l->hooknum >= HOOKS)
		return -EPROTO;
	if (l->flags & ~(uint32_t)DEFRAG)
		return -EOPNOTSUPP;
	if (l->priority == INT32_MIN || l->priority == INT32_MAX ||
	    (l->flags & DEFRAG && l->priority <= PRI_DEFRAG))
		return -ERANGE;
	return 0;
}

/* A raw tracepoint's name is known by the type of its arguments. */
static bool tracepoint_is(const struct embedded *e, const char *name)
{
	struct str s;
	bool is;

	if (!e->vmlinux)
		return true;
	str_init(&s, 256);
	str_addf(&s, "btf_trace_%s", name);
	is = btf_find(e->vmlinux->btf, s.s, BTF_BIT(TYPEDEF));
	str_done(&s);
	return is;
}

/* Of tp_btf programs, the name is that of their BTF id. */
static int link_typed_tracepoint(struct prog_object *p, struct link_object *l)
{
	const char *prefix = "btf_trace_", *name;

	l->type = ABI_LINK_RAW_TRACEPOINT;
	if (!p->attach_btf)
		return 0;
	name = btf_name(p->attach_btf->btf, p->attach_btf_id);
	if (!str_has_prefix(name, prefix))
		return -EINVAL;
	name += strlen(prefix);
	memcpy(l->name, name, strnlen(name, sizeof(l->name) - 1));
	return 0;
}

static int link_tracing(struct call *c, struct prog_object *p, struct link_object *l)
{
	uint32_t target = c->a->link_create.target_fd, id = c->a->link_create.target_btf_id;

	l->type = ABI_LINK_TRACING;
	if (p->type == ABI_PROG_EXT) {
		struct object *o;
		int err;

		if (!target != !id)
			return -EINVAL;
		if (target) {
			err = object_by_fd(c->e, ENGINE_PROG, (int)target, &o, NULL);
			if (err)
				return err;
			l->target_obj = o->id;
			l->target_btf = id;
			object_put(o);
		} else if (p->dst) {
			l->target_obj = p->dst->o.id;
			l->target_btf = p->attach_btf_id;
		}
	} else {
		if (target || id)
			return -EINVAL;
		l->target_obj = p->attach_btf ? p->attach_btf->o.id : p->dst ? p->dst->o.id : 0;
		l->target_btf = p->attach_btf_id;
	}
	return 0;
}

static int link_of_tracing(struct call *c, struct prog_object *p, struct link_object *l)
{
	if (c->a->link_create.attach_type != p->attach)
		return -EINVAL;
	l->cookie = c->a->link_create.tracing.cookie;
	switch (p->attach) {
	case ABI_ATTACH_TRACE_RAW_TP:
		return link_typed_tracepoint(p, l);
	case ABI_ATTACH_TRACE_ITER:
		l->type = ABI_LINK_ITER;
		return iter_link(c, p, l);
	case ABI_ATTACH_LSM_CGROUP:
		l->type = ABI_LINK_CGROUP;
		return link_place(c, p, l);
	default:
		return link_tracing(c, p, l);
	}
}

static int link_by_type(struct call *c, struct prog_object *p, struct link_object *l)
{
	const struct abi_attach_type *t = abi_attach_type(l->attach);

	l->type = t ? t->link : ABI_LINK_UNSPEC;
	switch (p->type) {
	case ABI_PROG_TRACING:
	case ABI_PROG_LSM:
		return link_of_tracing(c, p, l);
	case ABI_PROG_EXT:
		return link_tracing(c, p, l);
	default:
		break;
	}
	switch (l->type) {
	case ABI_LINK_CGROUP:
		if (c->a->link_create.flags & ~(uint32_t)(8 | 16 | 32 | 1 << 13 | 64))
			return -EINVAL;
		return link_place(c, p, l);
	case ABI_LINK_NETNS:
		return link_netns(c, p, l);
	case ABI_LINK_TCX:
		return link_ordered(c, p, l);
	case ABI_LINK_XDP:
		return link_device(c, p, l);
	case ABI_LINK_NETFILTER:
		return link_netfilter(c, p, l);
	case ABI_LINK_SOCKMAP:
		return link_sockmap(c, p, l);
	case ABI_LINK_PERF_EVENT: /* no descriptor is a perf event here */
		return c->a->link_create.flags ? -EINVAL : -EBADF;
	case ABI_LINK_NETKIT: /* nor is any device a netkit */
		return -EINVAL;
	case ABI_LINK_KPROBE_MULTI:
	case ABI_LINK_UPROBE_MULTI:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/* ---- objects ---- */

static void link_free(struct link_object *l)
{
	object_put(l->prog ? &l->prog->o : NULL);
	object_put(l->map ? &l->map->o : NULL);
	mem_free(l);
}

void link_object_end(struct object *o)
{
	attach_remove_link(o->e, to_link(o));
	link_free(to_link(o));
}

/* Numbered, with a descriptor; what was made so far goes when that fails. */
static int publish(struct call *c, struct link_object *l)
{
	int err = object_add(c->e, &l->o, ENGINE_LINK), fd;

	if (err) {
		attach_remove_link(c->e, l);
		link_free(l);
		return err;
	}
	fd = handle_new(c->e, &l->o, MAP_MAY_ALL);
	object_put(&l->o);
	return fd;
}

/* Of maps with BPF_F_LINK that hold their value already. */
static int create_struct_ops(struct call *c)
{
	struct link_object *l;
	struct object *o;
	int err = object_by_fd(c->e, ENGINE_MAP, (int)c->a->link_create.map_fd, &o, NULL);

	if (err)
		return err;
	if (!ops_is_ready(to_map(o))) {
		object_put(o);
		return -EINVAL;
	}
	l = mem_alloc(sizeof(*l));
	if (!l) {
		object_put(o);
		return -ENOMEM;
	}
	l->type = ABI_LINK_STRUCT_OPS;
	l->attach = ABI_ATTACH_STRUCT_OPS;
	l->map = to_map(o);
	return publish(c, l);
}

int command_link_create(struct call *c)
{
	uint32_t attach = c->a->link_create.attach_type;
	struct link_object *l;
	struct object *o;
	int err;

	if (attach == ABI_ATTACH_STRUCT_OPS)
		return create_struct_ops(c);
	err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->link_create.prog_fd, &o, NULL);
	if (err)
		return err;
	l = NULL;
	err = attach_check(to_prog(o), attach);
	if (!err) {
		l = mem_alloc(sizeof(*l));
		err = l ? 0 : -ENOMEM;
	}
	if (!err) {
		l->o.e = c->e;
		l->attach = attach;
		err = link_by_type(c, to_prog(o), l);
	}
	if (err) {
		object_put(o);
		if (l)
			link_free(l);
		return err;
	}
	l->prog = to_prog(o);
	return publish(c, l);
}

int command_raw_tracepoint(struct call *c)
{
	uint64_t name = c->a->raw_tracepoint.name;
	struct link_object *l;
	struct object *o;
	int err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->raw_tracepoint.prog_fd, &o, NULL);

	if (err)
		return err;
	l = mem_alloc(sizeof(*l));
	if (!l) {
		object_put(o);
		return -ENOMEM;
	}
	l->o.e = c->e;
	l->prog = to_prog(o);
	l->attach = l->prog->attach;
	l->cookie = c->a->raw_tracepoint.cookie;
	l->type = ABI_LINK_RAW_TRACEPOINT;
	switch (l->prog->type) {
	case ABI_PROG_TRACING:
	case ABI_PROG_EXT:
	case ABI_PROG_LSM:
		err = name ? -EINVAL : 0;
		if (!err && l->prog->type == ABI_PROG_TRACING && l->attach == ABI_ATTACH_TRACE_RAW_TP)
			err = link_typed_tracepoint(l->prog, l);
		else if (!err) {
			l->type = ABI_LINK_TRACING;
			l->target_obj = l->prog->attach_btf ? l->prog->attach_btf->o.id : 0;
			l->target_btf = l->prog->attach_btf_id;
		}
		break;
	case ABI_PROG_RAW_TRACEPOINT:
	case ABI_PROG_RAW_TRACEPOINT_WRITABLE:
		err = user_in_str(c->e, l->name, name, sizeof(l->name) - 1);
		if (err >= 0)
			err = tracepoint_is(c->e, l->name) ? 0 : -ENOENT;
		break;
	default:
		err = -EINVAL;
	}
	if (err) {
		link_free(l);
		return err;
	}
	return publish(c, l);
}

/* ---- update, detach ---- */

static bool updates(const struct link_object *l, uint16_t kernel)
{
	const struct abi_link_type *t = abi_link_type(l->type);

	return t && t->update <= kernel;
}

static int update_prog(struct call *c, struct link_object *l)
{
	struct object *new_o, *old = NULL;
	struct prog_object *was;
	int err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->link_update.new_prog_fd, &new_o, NULL);

	if (err)
		return err;
	if (c->a->link_update.flags & REPLACE)
		err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->link_update.old_prog_fd, &old, NULL);
	else if (c->a->link_update.old_prog_fd)
		err = -EINVAL;
	lock(c->e);
	if (!err && !updates(l, c->e->engine.kernel))
		err = -EINVAL;
	if (!err && l->detached)
		err = -ENOLINK;
	if (!err && old && l->prog != to_prog(old))
		err = -EPERM;
	if (!err && (to_prog(new_o)->type != l->prog->type ||
		     (l->type != ABI_LINK_TCX && to_prog(new_o)->attach != l->prog->attach)))
		err = -EINVAL;
	if (!err && l->type == ABI_LINK_TCX && l->prog != to_prog(new_o)) {
		if (mprog_has(c->e, l->to, l->attach, to_prog(new_o)))
			err = -EEXIST;
		else
			attach_revised(c->e, l->to, l->attach);
	}
	if (!err) {
		was = l->prog;
		l->prog = to_prog(new_o);
		for vec_each(&c->e->attachment, x)
			if (x->link == l)
				x->prog = l->prog;
		object_put(&was->o);
	}
	unlock(c->e);
	object_put(old);
	if (err)
		object_put(new_o);
	return err;
}

static int update_map(struct call *c, struct link_object *l)
{
	struct object *new_o;
	int err = object_by_fd(c->e, ENGINE_MAP, (int)c->a->link_update.new_map_fd, &new_o, NULL);

	if (err)
		return err;
	if (!(c->a->link_update.flags & REPLACE) && c->a->link_update.old_map_fd)
		err = -EINVAL;
	if (!err && !ops_is_ready(to_map(new_o)))
		err = -EINVAL;
	if (err) {
		object_put(new_o);
		return err;
	}
	lock(c->e);
	object_put(&l->map->o);
	l->map = to_map(new_o);
	unlock(c->e);
	return 0;
}

int command_link_update(struct call *c)
{
	struct object *o;
	int err;

	if (c->a->link_update.flags & ~(uint32_t)REPLACE)
		return -EINVAL;
	err = object_by_fd(c->e, ENGINE_LINK, (int)c->a->link_update.link_fd, &o, NULL);
	if (err)
		return err;
	err = to_link(o)->type == ABI_LINK_STRUCT_OPS ? update_map(c, to_link(o))
						      : update_prog(c, to_link(o));
	object_put(o);
	return err;
}

int command_link_detach(struct call *c)
{
	const struct abi_link_type *t;
	struct object *o;
	int err = object_by_fd(c->e, ENGINE_LINK, (int)c->a->link_detach.link_fd, &o, NULL);

	if (err)
		return err;
	t = abi_link_type(to_link(o)->type);
	if (t && t->detach <= c->e->engine.kernel) {
		attach_remove_link(c->e, to_link(o));
		to_link(o)->detached = true;
		to_link(o)->to = 0;
	} else {
		err = -EOPNOTSUPP;
	}
	object_put(o);
	return err;
}

/* ---- information ---- */

/* A string for the caller: cut, ended by NUL, and -ENOSPC, when there is no room. */
static int give_string(struct call *c, const char *s, uint64_t to, uint32_t *len)
{
	uint32_t room = *len, n = (uint32_t)strlen(s) + 1;

	if (!to != !room)
		return -EINVAL;
	*len = n;
	if (!to)
		return 0;
	if (room >= n)
		return user_out(c->e, to, s, n);
	if (user_out(c->e, to, s, room - 1) || user_out(c->e, to + room - 1, "", 1))
		return -EFAULT;
	return -ENOSPC;
}

static int fill(struct call *c, const struct link_object *l, struct engine_link_info *i)
{
	switch (l->type) {
	case ABI_LINK_RAW_TRACEPOINT:
		i->raw_tracepoint.cookie = l->cookie;
		return give_string(c, l->name, i->raw_tracepoint.name, &i->raw_tracepoint.name_len);
	case ABI_LINK_TRACING:
		i->tracing.attach_type = l->attach;
		i->tracing.cookie = l->cookie;
		i->tracing.target_obj_id = l->target_obj;
		i->tracing.target_btf_id = l->target_btf;
		return 0;
	case ABI_LINK_CGROUP:
		i->cgroup.id = l->to;
		i->cgroup.attach_type = l->attach;
		return 0;
	case ABI_LINK_ITER:
		if (l->map)
			i->iter.map_id = l->map->o.id;
		i->iter.task.tid = l->tid;
		i->iter.task.pid = l->pid;
		return give_string(c, l->name, i->iter.name, &i->iter.name_len);
	case ABI_LINK_XDP:
		i->at.target = (uint32_t)l->to;
		return 0;
	case ABI_LINK_STRUCT_OPS:
		i->at.target = l->map->o.id;
		return 0;
	case ABI_LINK_NETFILTER:
		i->netfilter.pf = l->pf;
		i->netfilter.hooknum = l->hooknum;
		i->netfilter.priority = l->priority;
		i->netfilter.flags = l->flags;
		return 0;
	default:
		i->at.target = (uint32_t)l->to;
		i->at.attach_type = l->attach;
		return 0;
	}
}

int info_of_link(struct call *c, struct link_object *l)
{
	struct engine_link_info i = {0};
	uint32_t len = c->a->info.info_len;
	int err = user_tail_zero(c->e, c->a->info.info, sizeof(i), len);

	if (err)
		return err;
	len = MIN(len, (uint32_t)sizeof(i));
	if (user_in(c->e, &i, c->a->info.info, len))
		return -EFAULT;
	i.type = l->type;
	i.id = l->o.id;
	i.prog_id = l->prog ? l->prog->o.id : 0;
	err = fill(c, l, &i);
	if (err)
		return err;
	if (user_out(c->e, c->a->info.info, &i, len))
		return -EFAULT;
	return call_answer(c, info.info_len, len);
}

/* ---- TASK_FD_QUERY ---- */

/* kernel: bpf_task_fd_query_copy(), of a raw tracepoint */
static int give_tracepoint(struct call *c, const struct link_object *l)
{
	uint32_t room = c->a->task_fd_query.buf_len, n = (uint32_t)strlen(l->name);
	uint64_t to = c->a->task_fd_query.buf;
	int err = 0;

	if (call_answer(c, task_fd_query.buf_len, n))
		return -EFAULT;
	if (room && to) {
		uint32_t part = MIN(n, room - 1);

		err = room > n ? 0 : -ENOSPC;
		if (user_out(c->e, to, l->name, part) || user_out(c->e, to + part, "", 1))
			return -EFAULT;
	}
	if (call_answer(c, task_fd_query.prog_id, l->prog->o.id) ||
	    call_answer(c, task_fd_query.fd_type, 0) ||
	    call_answer(c, task_fd_query.probe_offset, 0) ||
	    call_answer(c, task_fd_query.probe_addr, 0))
		return -EFAULT;
	return err;
}

int command_task_fd_query(struct call *c)
{
	struct stat st;
	struct object *o;
	struct str s;
	int err;

	if (c->a->task_fd_query.flags)
		return -EINVAL;
	str_init(&s, 64);
	str_addf(&s, "/proc/%u", c->a->task_fd_query.pid);
	err = stat(s.s, &st) ? -ENOENT : 0;
	str_addf(&s, "/fd/%u", c->a->task_fd_query.fd);
	if (!err && lstat(s.s, &st))
		err = -EBADF;
	str_done(&s);
	if (err)
		return err;
	if (object_by_fd(c->e, ENGINE_LINK, (int)c->a->task_fd_query.fd, &o, NULL))
		return -ENOTSUPP;
	err = to_link(o)->type == ABI_LINK_RAW_TRACEPOINT ? give_tracepoint(c, to_link(o)) : -ENOTSUPP;
	object_put(o);
	return err;
}
