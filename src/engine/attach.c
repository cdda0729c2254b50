/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is attached where: PROG_ATTACH, PROG_DETACH, PROG_QUERY, and the list that links are in, too.
 *
 * The places are the host's - control groups, network namespaces, devices - and our own maps. Nothing
 * happens there by itself: it is for event sources to run what is attached. Control groups know no
 * ancestors here, so that what is effective is what is attached.
 */
#include <linux/magic.h>
#include <net/if.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "engine/impl.h"

enum { ALLOW_OVERRIDE = 1, ALLOW_MULTI = 2, REPLACE = 4, BEFORE = 8, AFTER = 16, ID = 32, PREORDER = 64,
       LINK = 1 << 13 };
enum { MASK_BASE = ALLOW_OVERRIDE | ALLOW_MULTI | REPLACE | PREORDER,
       MASK_MPROG = REPLACE | BEFORE | AFTER | ID | LINK };
enum { QUERY_EFFECTIVE = 1, PER_PLACE_MAX = 64 };

enum family { FAMILY_NONE, FAMILY_CGROUP, FAMILY_NETNS, FAMILY_DEVICE, FAMILY_MAP, FAMILY_LIRC };

static enum family family_of(uint32_t attach)
{
	const struct abi_attach_type *t = abi_attach_type(attach);

	if (!t)
		return FAMILY_NONE;
	switch (t->link) {
	case ABI_LINK_CGROUP:
		return FAMILY_CGROUP;
	case ABI_LINK_NETNS:
		return FAMILY_NETNS;
	case ABI_LINK_XDP:
	case ABI_LINK_TCX:
	case ABI_LINK_NETKIT:
		return FAMILY_DEVICE;
	case ABI_LINK_SOCKMAP:
		return FAMILY_MAP;
	default:
		return attach == ABI_ATTACH_LIRC_MODE2 ? FAMILY_LIRC : FAMILY_NONE;
	}
}

/* ---- places ---- */

static int target_map(struct call *c, uint32_t fd, uint64_t *ret_to)
{
	struct object *o;
	int err = object_by_fd(c->e, ENGINE_MAP, (int)fd, &o, NULL);

	if (err)
		return err;
	*ret_to = o->id;
	if (to_map(o)->map->type != MAP_TYPE_SOCKMAP && to_map(o)->map->type != MAP_TYPE_SOCKHASH)
		err = -EINVAL;
	object_put(o);
	return err;
}

int attach_target(struct call *c, uint32_t attach, uint32_t target, uint64_t *ret_to)
{
	char name[IF_NAMESIZE];
	struct statfs fs;
	struct stat st;

	switch (family_of(attach)) {
	case FAMILY_CGROUP:
		if (fstat((int)target, &st) || fstatfs((int)target, &fs) ||
		    fs.f_type != CGROUP2_SUPER_MAGIC || !S_ISDIR(st.st_mode))
			return -EBADF;
		*ret_to = st.st_ino;
		return 0;
	case FAMILY_NETNS:
		if (fstat((int)target, &st))
			return -EBADF;
		if (fstatfs((int)target, &fs) || fs.f_type != NSFS_MAGIC)
			return -EINVAL;
		*ret_to = st.st_ino;
		return 0;
	case FAMILY_DEVICE:
		if (!if_indextoname(target, name))
			return -ENODEV;
		*ret_to = target;
		return 0;
	case FAMILY_MAP:
		return target_map(c, target, ret_to);
	case FAMILY_LIRC:
	case FAMILY_NONE:
		break;
	}
	return -EINVAL;
}

/* ---- which program ---- */

/* kernel: attach_type_to_prog_type(); UNSPEC: none has it by this way */
static uint32_t prog_of(uint32_t attach)
{
	const struct abi_attach_type *t = abi_attach_type(attach);

	switch (attach) {
	case ABI_ATTACH_PERF_EVENT:
	case ABI_ATTACH_XDP_DEVMAP:
	case ABI_ATTACH_XDP_CPUMAP:
	case ABI_ATTACH_SK_REUSEPORT_SELECT:
	case ABI_ATTACH_SK_REUSEPORT_SELECT_OR_MIGRATE:
	case ABI_ATTACH_TRACE_KPROBE_MULTI:
	case ABI_ATTACH_TRACE_KPROBE_SESSION:
	case ABI_ATTACH_TRACE_UPROBE_MULTI:
	case ABI_ATTACH_TRACE_UPROBE_SESSION:
	case ABI_ATTACH_STRUCT_OPS:
	case ABI_ATTACH_NETFILTER:
		return ABI_PROG_UNSPEC;
	default:
		break;
	}
	if (!t || !t->progs)
		return ABI_PROG_UNSPEC;
	if (t->progs & ABI_BIT(ABI_PROG_TRACING))
		return ABI_PROG_TRACING; /* others, too, may be raw tracepoints */
	return (uint32_t)__builtin_ctzll(t->progs);
}

int attach_check(const struct prog_object *p, uint32_t attach)
{
	const struct abi_attach_type *t = abi_attach_type(attach);
	bool fits;

	switch (p->type) {
	case ABI_PROG_CGROUP_SOCK:
	case ABI_PROG_CGROUP_SOCK_ADDR:
	case ABI_PROG_CGROUP_SOCKOPT:
	case ABI_PROG_SK_LOOKUP:
		return attach == p->attach ? 0 : -EINVAL;
	case ABI_PROG_EXT:
		return 0;
	case ABI_PROG_NETFILTER:
		return attach == ABI_ATTACH_NETFILTER ? 0 : -EINVAL;
	case ABI_PROG_PERF_EVENT:
	case ABI_PROG_TRACEPOINT:
		return attach == ABI_ATTACH_PERF_EVENT ? 0 : -EINVAL;
	case ABI_PROG_KPROBE:
		fits = t && t->progs & ABI_BIT(ABI_PROG_KPROBE);
		if (abi_attach_type(p->attach)->link == ABI_LINK_KPROBE_MULTI ||
		    abi_attach_type(p->attach)->link == ABI_LINK_UPROBE_MULTI)
			fits = attach == p->attach;
		return fits ? 0 : -EINVAL;
	case ABI_PROG_SCHED_CLS:
		return t && t->progs & ABI_BIT(ABI_PROG_SCHED_CLS) ? 0 : -EINVAL;
	default:
		return prog_of(attach) && prog_of(attach) == p->type ? 0 : -EINVAL;
	}
}

/* ---- the list ---- */

static bool at_place(const struct attachment *x, uint64_t to, uint32_t attach)
{
	return x->to == to && x->attach == attach;
}

static uint32_t count_at(const struct embedded *e, uint64_t to, uint32_t attach)
{
	uint32_t n = 0;

	for vec_each(&e->attachment, x)
		n += at_place(x, to, attach);
	return n;
}

/* Whether one more may be there, beside those that are. */
static int room_for(const struct embedded *e, const struct attachment *at)
{
	uint32_t n = count_at(e, at->to, at->attach);

	switch (family_of(at->attach)) {
	case FAMILY_DEVICE:
		if (at->attach == ABI_ATTACH_XDP && n)
			return -EBUSY;
		break;
	case FAMILY_NETNS:
		if (at->attach == ABI_ATTACH_FLOW_DISSECTOR && n)
			return -EEXIST;
		break;
	case FAMILY_MAP:
		if (n)
			return -EBUSY;
		break;
	case FAMILY_CGROUP:
	case FAMILY_LIRC:
	case FAMILY_NONE:
		break;
	}
	return n >= PER_PLACE_MAX ? -E2BIG : 0;
}

int attach_add(struct embedded *e, const struct attachment *at)
{
	int err;

	lock(e);
	err = room_for(e, at);
	if (!err)
		err = vec_push(&e->attachment, *at);
	unlock(e);
	return err;
}

static void remove_at(struct embedded *e, size_t i)
{
	struct attachment old = e->attachment.at[i];

	e->attachment.n--;
	memmove(e->attachment.at + i, e->attachment.at + i + 1,
		(e->attachment.n - i) * sizeof(*e->attachment.at));
	if (!old.link)
		object_put(&old.prog->o);
	if (attach_is_ordered(old.attach))
		attach_revised(e, old.to, old.attach);
}

void attach_remove_link(struct embedded *e, const struct link_object *l)
{
	size_t i;

	lock(e);
	for (i = e->attachment.n; i-- > 0;)
		if (e->attachment.at[i].link == l)
			remove_at(e, i);
	unlock(e);
}

/* ---- PROG_ATTACH ---- */

static int check_flags(const union engine_attr *a, uint32_t prog)
{
	uint32_t flags = a->attach.attach_flags;

	if (prog == ABI_PROG_SCHED_CLS)
		return flags & ~(uint32_t)MASK_MPROG ? -EINVAL : 0;
	if (family_of(a->attach.attach_type) == FAMILY_CGROUP)
		return flags & ~(uint32_t)(MASK_BASE | MASK_MPROG) ? -EINVAL : 0;
	if (flags & ~(uint32_t)MASK_BASE || a->attach.relative_fd || a->attach.expected_revision)
		return -EINVAL;
	return 0;
}

/* The one with this program there, or the first with no link when p is NULL; -1: none. */
static int64_t find_at(const struct embedded *e, uint64_t to, uint32_t attach,
		       const struct prog_object *p)
{
	size_t i;

	for (i = 0; i < e->attachment.n; i++)
		if (at_place(&e->attachment.at[i], to, attach) && !e->attachment.at[i].link &&
		    (!p || e->attachment.at[i].prog == p))
			return (int64_t)i;
	return -1;
}

/* kernel: __cgroup_bpf_attach(): one program, or many where all say so. */
static int attach_cgroup(struct call *c, uint64_t to, struct prog_object *p)
{
	uint32_t flags = c->a->attach.attach_flags & (MASK_BASE & ~REPLACE);
	uint32_t attach = c->a->attach.attach_type;
	bool replace = c->a->attach.attach_flags & REPLACE;
	struct embedded *e = c->e;
	struct object *old = NULL;
	int64_t at;

	if ((flags & ALLOW_OVERRIDE && flags & ALLOW_MULTI) || (replace && !(flags & ALLOW_MULTI)))
		return -EINVAL;
	if (replace) {
		int err = object_by_fd(e, ENGINE_PROG, (int)c->a->attach.replace_bpf_fd, &old, NULL);

		if (err)
			return err;
		object_put(old);
	}
	for vec_each(&e->attachment, x)
		if (at_place(x, to, attach) &&
		    (x->flags & (ALLOW_OVERRIDE | ALLOW_MULTI)) != (flags & (ALLOW_OVERRIDE | ALLOW_MULTI)))
			return -EPERM;
	if (count_at(e, to, attach) >= PER_PLACE_MAX)
		return -E2BIG;
	at = find_at(e, to, attach, flags & ALLOW_MULTI ? p : NULL);
	if (flags & ALLOW_MULTI) {
		if (at >= 0)
			return -EINVAL;
		at = replace ? find_at(e, to, attach, to_prog(old)) : -1;
		if (replace && at < 0)
			return -ENOENT;
	}
	object_get(&p->o);
	if (at >= 0) {
		object_put(&e->attachment.at[at].prog->o);
		e->attachment.at[at].prog = p;
		return 0;
	}
	if (vec_push(&e->attachment, ((struct attachment){to, attach, flags, p, NULL}))) {
		object_put(&p->o);
		return -ENOMEM;
	}
	return 0;
}

/* kernel: tcx_prog_attach() */
static int attach_ordered(struct call *c, uint64_t to, struct prog_object *p)
{
	const struct mprog_how how = {c->a->attach.attach_flags, c->a->attach.relative_fd,
				      c->a->attach.expected_revision};
	const struct attachment at = {to, c->a->attach.attach_type, 0, p, NULL};
	struct object *old = NULL;
	int err = 0;

	if (how.flags & REPLACE)
		err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->attach.replace_bpf_fd, &old, NULL);
	if (!err && old && to_prog(old)->type != p->type)
		err = -EINVAL;
	if (!err)
		err = mprog_attach(c, &at, old ? to_prog(old) : NULL, &how);
	if (!err)
		object_get(&p->o);
	object_put(old);
	return err;
}

/* Elsewhere a second program takes the first one's place. */
static int attach_other(struct call *c, uint64_t to, struct prog_object *p)
{
	uint32_t attach = c->a->attach.attach_type;
	struct embedded *e = c->e;
	int64_t at = find_at(e, to, attach, NULL);
	int err;

	if (at >= 0) {
		if (e->attachment.at[at].prog == p)
			return p->type == ABI_PROG_FLOW_DISSECTOR ? -EINVAL : 0;
		object_get(&p->o);
		object_put(&e->attachment.at[at].prog->o);
		e->attachment.at[at].prog = p;
		return 0;
	}
	err = attach_add(e, &(struct attachment){to, attach, 0, p, NULL});
	if (!err)
		object_get(&p->o);
	return err;
}

/* Of network namespaces it is always our own. */
static int own_target(struct call *c, uint64_t *ret_to)
{
	uint32_t attach = c->a->attach.attach_type;
	struct stat st;

	if (attach == ABI_ATTACH_LSM_MAC)
		attach = ABI_ATTACH_LSM_CGROUP; /* as if it could be in one */
	if (family_of(attach) != FAMILY_NETNS)
		return attach_target(c, attach, c->a->attach.target_fd, ret_to);
	if (c->a->attach.target_fd || c->a->attach.attach_flags || c->a->attach.replace_bpf_fd)
		return -EINVAL;
	if (stat("/proc/self/ns/net", &st))
		return -errno;
	*ret_to = st.st_ino;
	return 0;
}

static int attach_at(struct call *c, uint64_t to, struct prog_object *p)
{
	uint32_t attach = c->a->attach.attach_type;

	if (family_of(attach) == FAMILY_CGROUP)
		return attach_cgroup(c, to, p);
	return attach_is_ordered(attach) ? attach_ordered(c, to, p) : attach_other(c, to, p);
}

int command_prog_attach(struct call *c)
{
	uint32_t type = prog_of(c->a->attach.attach_type);
	struct object *o;
	uint64_t to;
	int err = type == ABI_PROG_UNSPEC ? -EINVAL : check_flags(c->a, type);

	if (err)
		return err;
	err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->attach.attach_bpf_fd, &o, NULL);
	if (err)
		return err;
	if (to_prog(o)->type != type)
		err = -EINVAL;
	if (!err)
		err = attach_check(to_prog(o), c->a->attach.attach_type);
	if (!err && (type == ABI_PROG_XDP || type == ABI_PROG_SK_LOOKUP))
		err = -EINVAL; /* by links only */
	if (!err)
		err = own_target(c, &to);
	lock(c->e);
	if (!err)
		err = attach_at(c, to, to_prog(o));
	unlock(c->e);
	object_put(o);
	return err;
}

/* ---- PROG_DETACH ---- */

static int check_detach(const union engine_attr *a, uint32_t type)
{
	if (type == ABI_PROG_SCHED_CLS)
		return a->attach.attach_flags & ~(uint32_t)MASK_MPROG ? -EINVAL : 0;
	if (family_of(a->attach.attach_type) == FAMILY_CGROUP)
		return a->attach.attach_flags || a->attach.relative_fd ? -EINVAL : 0;
	return a->attach.attach_flags || a->attach.relative_fd || a->attach.expected_revision ? -EINVAL
											       : 0;
}

/* kernel: bpf_prog_get_type() */
static int take_prog(struct call *c, uint32_t type, struct object **ret_o)
{
	struct object *o;
	int err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->attach.attach_bpf_fd, &o, NULL);

	if (err)
		return err;
	if (to_prog(o)->type != type) {
		object_put(o);
		return -EINVAL;
	}
	*ret_o = o;
	return 0;
}

static int detach_ordered(struct call *c, uint64_t to, const struct prog_object *p)
{
	const struct mprog_how how = {c->a->attach.attach_flags, c->a->attach.relative_fd,
				      c->a->attach.expected_revision};
	size_t at;
	int err = mprog_find(c, to, c->a->attach.attach_type, p, &how, &at);

	if (!err)
		remove_at(c->e, at);
	return err;
}

static int detach_other(struct call *c, uint64_t to, const struct prog_object *p)
{
	int64_t at = find_at(c->e, to, c->a->attach.attach_type, p);

	if (at < 0)
		return -ENOENT;
	if (!p && c->e->attachment.at[at].flags & ALLOW_MULTI)
		return -EINVAL;
	remove_at(c->e, (size_t)at);
	return 0;
}

int command_prog_detach(struct call *c)
{
	uint32_t attach = c->a->attach.attach_type, type = prog_of(attach);
	struct object *o = NULL;
	uint64_t to;
	int err = check_detach(c->a, type);

	if (err)
		return err;
	if (type == ABI_PROG_UNSPEC || type == ABI_PROG_XDP || type == ABI_PROG_SK_LOOKUP)
		return -EINVAL;
	if (type != ABI_PROG_SCHED_CLS)
		err = own_target(c, &to);
	if (!err && c->a->attach.attach_bpf_fd)
		err = take_prog(c, type, &o);
	if (err && family_of(attach) == FAMILY_CGROUP && !o)
		err = own_target(c, &to); /* a bad descriptor then means: the only one */
	if (!err && type == ABI_PROG_SCHED_CLS)
		err = own_target(c, &to);
	lock(c->e);
	if (!err)
		err = attach_is_ordered(attach) ? detach_ordered(c, to, o ? to_prog(o) : NULL)
						: detach_other(c, to, o ? to_prog(o) : NULL);
	unlock(c->e);
	object_put(o);
	return err;
}

/* ---- PROG_QUERY ---- */

/* What is there, in columns as far as the caller wants them. */
static int give_list(struct call *c, uint64_t to, uint32_t total)
{
	uint32_t room = c->a->query.count, i = 0, prog, link, flags;
	const union engine_attr *a = c->a;
	int err = 0;

	if (!room || !a->query.prog_ids || !total)
		return 0;
	for vec_each(&c->e->attachment, x) {
		if (!at_place(x, to, a->query.attach_type) || i == room || err)
			continue;
		prog = x->prog->o.id;
		link = x->link ? x->link->o.id : 0;
		flags = x->flags;
		err = user_out(c->e, a->query.prog_ids + i * sizeof(prog), &prog, sizeof(prog));
		if (!err && a->query.prog_attach_flags)
			err = user_out(c->e, a->query.prog_attach_flags + i * sizeof(flags), &flags,
				       sizeof(flags));
		if (!err && a->query.link_ids)
			err = user_out(c->e, a->query.link_ids + i * sizeof(link), &link,
				       sizeof(link));
		if (!err && a->query.link_attach_flags && attach_is_ordered(x->attach))
			err = user_out(c->e, a->query.link_attach_flags + i * sizeof(flags), &flags,
				       sizeof(flags));
		i++;
	}
	return err ? err : total > room ? -ENOSPC : 0;
}

int command_prog_query(struct call *c)
{
	uint32_t attach = c->a->query.attach_type, flags = 0, total;
	uint64_t to;
	int err;

	if (c->a->query.query_flags & ~(uint32_t)QUERY_EFFECTIVE || family_of(attach) == FAMILY_NONE ||
	    attach == ABI_ATTACH_XDP || family_of(attach) == FAMILY_LIRC)
		return -EINVAL;
	if (attach == ABI_ATTACH_NETKIT_PRIMARY || attach == ABI_ATTACH_NETKIT_PEER)
		return -EINVAL; /* no device is one */
	if ((family_of(attach) == FAMILY_NETNS || family_of(attach) == FAMILY_MAP) &&
	    c->a->query.query_flags)
		return -EINVAL;
	err = attach_target(c, attach, c->a->query.target_fd, &to);
	if (!err && family_of(attach) != FAMILY_CGROUP && c->a->query.query_flags)
		err = -EINVAL;
	if (!err && attach_is_ordered(attach) && c->a->query.attach_flags)
		err = -EINVAL;
	if (err)
		return err;
	lock(c->e);
	total = count_at(c->e, to, attach);
	for vec_each(&c->e->attachment, x)
		if (at_place(x, to, attach))
			flags = x->flags;
	if (c->a->query.query_flags)
		flags = 0;
	err = -EFAULT;
	if (!call_answer(c, query.attach_flags, flags) && !call_answer(c, query.count, total))
		err = 0;
	if (!err && attach_is_ordered(attach) &&
	    call_answer(c, query.revision, attach_revision(c->e, to, attach)))
		err = -EFAULT;
	if (!err)
		err = give_list(c, to, total);
	unlock(c->e);
	return err;
}
