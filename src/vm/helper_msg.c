/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages between sockets, and the maps that redirect them. A message is one piece here: what the
 * kernel has to pull together always is.
 */
#include "vm/helper.h"

enum { TCP = 6, DROP = 0, PASS = 1, INGRESS = 1 };

int vm_msg_init(struct vm_msg *m)
{
	*m = (struct vm_msg){.buf = mem_alloc(VM_MSG_MAX)};
	return m->buf ? 0 : -ENOMEM;
}

void vm_msg_done(struct vm_msg *m)
{
	mem_free(m->buf);
	m->buf = NULL;
}

/* The context, after its place or length changed. */
static void set_view(struct vm_msg *m, uint32_t at, uint32_t end)
{
	m->at = at;
	m->end = end;
	m->view.data = address(m->buf + at);
	m->view.data_end = address(m->buf + end);
	m->view.size = m->len;
}

int vm_msg_set(struct vm_msg *m, const void *bytes, size_t n, struct vm_sock *sk)
{
	if (n > VM_MSG_MAX)
		return -E2BIG;
	if (n)
		memcpy(m->buf, bytes, n);
	m->view = (struct vm_msg_view){.sk = address(sk)};
	if (sk) {
		m->view.family = sk->view.family;
		m->view.remote_ip4 = sk->view.dst_ip4;
		m->view.local_ip4 = sk->view.src_ip4;
		memcpy(m->view.remote_ip6, sk->view.dst_ip6, sizeof(m->view.remote_ip6));
		memcpy(m->view.local_ip6, sk->view.src_ip6, sizeof(m->view.local_ip6));
		m->view.remote_port = (uint32_t)sk->view.dst_port << 16;
		m->view.local_port = sk->view.src_port;
	}
	m->len = (uint32_t)n;
	m->apply = m->cork = 0;
	set_view(m, 0, m->len);
	return 0;
}

int vm_msg_show(struct vm_run *run, struct vm_msg *m)
{
	int err = vm_run_region(run, m->buf + m->at, m->end - m->at, true);

	return err ? err : vm_run_region(run, &m->view, sizeof(m->view), true);
}

static void moved(struct vm_run *run, struct vm_msg *m, uint32_t at, uint32_t end)
{
	size_t i;

	set_view(m, at, end);
	for (i = 0; i < run->region.n; i++)
		if (run->region.at[i].at - address(m->buf) < VM_MSG_MAX)
			run->region.at[i] = (struct vm_region){m->view.data, end - at, true};
}

static struct vm_msg *msg_of(struct vm_run *run, uint64_t ctx)
{
	struct vm_msg *m = run->world->msg;

	if (m && ctx == address(&m->view))
		return m;
	helper_fault(run, ctx, sizeof(m->view));
	return NULL;
}

HELPER(msg_apply_bytes)
{
	struct vm_msg *m = msg_of(run, r1);

	if (m)
		m->apply = (uint32_t)r2;
	return 0;
}

HELPER(msg_cork_bytes)
{
	struct vm_msg *m = msg_of(run, r1);

	if (m)
		m->cork = (uint32_t)r2;
	return 0;
}

HELPER(msg_pull_data)
{
	struct vm_msg *m = msg_of(run, r1);
	uint32_t start = (uint32_t)r2, end = (uint32_t)r3;

	if (!m)
		return 0;
	if (r4 || end <= start || end > m->len)
		return neg(-EINVAL);
	moved(run, m, start, end);
	return 0;
}

HELPER(msg_push_data)
{
	struct vm_msg *m = msg_of(run, r1);
	uint32_t start = (uint32_t)r2, n = (uint32_t)r3;

	if (!m)
		return 0;
	if (r4)
		return neg(-EINVAL);
	if (!n)
		return 0;
	if (start > m->len)
		return neg(-EINVAL);
	if (n > VM_MSG_MAX - m->len)
		return neg(-ENOMEM);
	memmove(m->buf + start + n, m->buf + start, m->len - start);
	memset(m->buf + start, 0, n);
	m->len += n;
	moved(run, m, 0, m->len);
	return 0;
}

HELPER(msg_pop_data)
{
	struct vm_msg *m = msg_of(run, r1);
	uint32_t start = (uint32_t)r2, n = (uint32_t)r3;

	if (!m)
		return 0;
	if (r4)
		return neg(-EINVAL);
	if (!n)
		return 0;
	if (start >= m->len || n > m->len - start)
		return neg(-EINVAL);
	memmove(m->buf + start, m->buf + start + n, m->len - start - n);
	m->len -= n;
	moved(run, m, 0, m->len);
	return 0;
}

/* ---- redirection to a map's socket ---- */

static bool may_redirect(const struct vm_sock *sk)
{
	return sk->view.protocol == TCP ? sk->view.state != VM_LISTEN
					: sk->view.state == VM_ESTABLISHED;
}

/* msg: a message, which only leaves by TCP. */
static uint64_t redirect(struct vm_run *run, struct map *m, const void *key, uint64_t flags,
			 bool msg)
{
	const struct map_target *to = NULL;
	const struct vm_sock *sk;

	if (!m || !key || flags & ~(uint64_t)INGRESS)
		return DROP;
	to = map_redirect_target(m, key);
	sk = to ? to->ref : NULL;
	if (!sk || !may_redirect(sk) || (msg && !(flags & INGRESS) && sk->view.protocol != TCP))
		return DROP;
	run->world->redirect = (struct vm_redirect){
		.kind = VM_REDIRECT_SOCK, .map = m, .target = to, .flags = flags};
	return PASS;
}

static uint64_t redirect_map(struct vm_run *run, uint64_t map, uint32_t key, uint64_t flags,
			     bool msg)
{
	return redirect(run, helper_map_of(run, map, MAP_TYPE_SOCKMAP), &key, flags, msg);
}

static uint64_t redirect_hash(struct vm_run *run, uint64_t map, uint64_t key, uint64_t flags,
			      bool msg)
{
	struct map *m = helper_map_of(run, map, MAP_TYPE_SOCKHASH);

	return redirect(run, m, m ? vm_mem(run, key, m->key_size, false) : NULL, flags, msg);
}

HELPER(sk_redirect_map)
{
	return redirect_map(run, r2, (uint32_t)r3, r4, false);
}

HELPER(sk_redirect_hash)
{
	return redirect_hash(run, r2, r3, r4, false);
}

HELPER(msg_redirect_map)
{
	return msg_of(run, r1) ? redirect_map(run, r2, (uint32_t)r3, r4, true) : 0;
}

HELPER(msg_redirect_hash)
{
	return msg_of(run, r1) ? redirect_hash(run, r2, r3, r4, true) : 0;
}

/* ---- the socket of a sock_ops program goes into a map: by the name its owner has for it ---- */

static uint64_t sock_update(struct vm_run *run, struct map *m, uint64_t ctx, uint64_t at,
			    uint64_t flags)
{
	enum { ACTIVE = 4, PASSIVE = 5, LISTENS = 11 };
	const struct vm_sock *sk = run->world->sk;
	int32_t value[2] = {sk ? sk->fd : -1};
	const void *key = m ? vm_mem(run, at, m->key_size, false) : NULL;
	uint32_t op;

	if (!key)
		return 0;
	op = helper_sock_op(run, ctx);
	if (!sk || (op != ACTIVE && op != PASSIVE && op != LISTENS))
		return neg(-EOPNOTSUPP);
	return neg(map_update(m, key, value, flags));
}

HELPER(sock_map_update)
{
	return sock_update(run, helper_map_of(run, r2, MAP_TYPE_SOCKMAP), r1, r3, r4);
}

HELPER(sock_hash_update)
{
	return sock_update(run, helper_map_of(run, r2, MAP_TYPE_SOCKHASH), r1, r3, r4);
}

/* ---- one of a group that listens at the same port ---- */

HELPER(sk_select_reuseport)
{
	struct vm_world *w = run->world;
	const struct vm_sock *me = w->sk;
	struct map *m = helper_map(run, r2);
	const struct map_target *to;
	struct vm_sock *sk;
	const void *key;

	if (m && m->type != MAP_TYPE_REUSEPORT_SOCKARRAY && m->type != MAP_TYPE_SOCKMAP &&
	    m->type != MAP_TYPE_SOCKHASH) {
		helper_fault(run, r2, sizeof(*m));
		return 0;
	}
	key = m ? vm_mem(run, r3, m->key_size, false) : NULL;
	if (!key)
		return 0;
	to = map_redirect_target(m, key);
	sk = to ? to->ref : NULL;
	if (!sk)
		return neg(-ENOENT);
	if (!sk->reuseport_id)
		return neg(m->type == MAP_TYPE_REUSEPORT_SOCKARRAY ? -ENOENT : -EINVAL);
	if (!me || sk->reuseport_id != me->reuseport_id) {
		if (me && me->view.protocol != sk->view.protocol)
			return neg(-EPROTOTYPE);
		return neg(me && me->view.family != sk->view.family ? -EAFNOSUPPORT : -EBADFD);
	}
	w->selected = sk;
	return 0;
}
