/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets: which there are, looking them up, what they are asked. A program has a socket's address,
 * that of its struct bpf_tcp_sock, or what bpf_skc_to_*() gave; all three mean the socket, and are
 * looked for in the world's table, so a forged one leads nowhere.
 */
#include "vm/helper.h"

enum { INET = 2, UNIX = 1, INET6 = 10, TCP = 6, UDP = 17, DATAGRAM = 2 };

static bool is_sock(const struct vm_sock *sk, uint64_t at)
{
	return sk && (at == address(sk) || at == address(&sk->tcp) || at == sk->address);
}

struct vm_sock *world_sock(const struct vm_world *w, uint64_t at)
{
	uint32_t i;

	if (!at)
		return NULL;
	if (is_sock(w->sk, at))
		return w->sk;
	if (w->packet && is_sock(w->packet->sk, at))
		return w->packet->sk;
	for (i = 0; i < w->socks_n; i++)
		if (is_sock(w->socks[i], at))
			return w->socks[i];
	return NULL;
}

/* The socket of a context, or the one this is; NULL: none. */
struct vm_sock *helper_sock_of(const struct vm_world *w, uint64_t at)
{
	struct vm_sock *sk = world_sock(w, at);

	if (sk)
		return sk;
	return w->packet && at == address(&w->packet->skb) ? w->packet->sk : w->sk;
}

bool sock_is_full(const struct vm_sock *sk)
{
	return sk->view.state != VM_TIME_WAIT && sk->view.state != VM_NEW_SYN_RECV;
}

/* What it belongs to when it is only a request; NULL: nothing. */
static struct vm_sock *full_sock(struct vm_sock *sk)
{
	if (sk && sk->view.state == VM_NEW_SYN_RECV)
		sk = sk->listener;
	return sk && sock_is_full(sk) ? sk : NULL;
}

/* An address of a socket, or of a part of it, which the program may read from now on. */
static uint64_t give(struct vm_run *run, const void *p, size_t n)
{
	int err = p ? vm_grant(run, p, n, false) : 0;

	if (err)
		run->err = err;
	return address(p);
}

static uint64_t give_sock(struct vm_run *run, const struct vm_sock *sk)
{
	return give(run, sk, sizeof(sk->view));
}

/* The same with a reference, which the program has to give back. */
uint64_t helper_give_sock(struct vm_run *run, struct vm_sock *sk)
{
	if (!sk)
		return 0;
	if (is_checked(run) && world_own(run->world, VM_OWNS_SOCK, sk)) {
		run->err = -ENOMEM;
		return 0;
	}
	sk->refs++;
	return give_sock(run, sk);
}

/* ---- looking them up ---- */

struct tuple {
	uint32_t family;
	const void *remote, *local;
	uint16_t remote_port, local_port; /* as on the wire */
};

static bool is_any(const uint32_t a[4])
{
	return !(a[0] | a[1] | a[2] | a[3]);
}

/* Whether its addresses are of this family, or take it as well. */
static bool takes_family(const struct vm_sock *sk, uint32_t family)
{
	if (sk->view.family == family)
		return true;
	return family == INET && sk->view.family == INET6 && !sk->v6only &&
	       is_any(sk->view.src_ip6);
}

static bool is_local(const struct vm_sock *sk, const struct tuple *t)
{
	const struct vm_sock_view *v = &sk->view;

	return v->src_port == be16toh(t->local_port) && v->family == t->family &&
	       (t->family == INET ? !memcmp(&v->src_ip4, t->local, 4)
				  : !memcmp(v->src_ip6, t->local, 16));
}

static bool is_wild(const struct vm_sock *sk, const struct tuple *t)
{
	const struct vm_sock_view *v = &sk->view;

	return v->src_port == be16toh(t->local_port) && takes_family(sk, t->family) &&
	       (v->family == INET ? !v->src_ip4 : is_any(v->src_ip6));
}

static bool is_remote(const struct vm_sock *sk, const struct tuple *t)
{
	const struct vm_sock_view *v = &sk->view;

	return v->dst_port == t->remote_port &&
	       (t->family == INET ? !memcmp(&v->dst_ip4, t->remote, 4)
				  : !memcmp(v->dst_ip6, t->remote, 16));
}

static bool is_connected(const struct vm_sock *sk)
{
	const struct vm_sock_view *v = &sk->view;

	return v->dst_port && (v->family == INET ? v->dst_ip4 != 0 : !is_any(v->dst_ip6));
}

/*
 * How well it fits, 0: not at all: the connection itself, else a listener at just that address,
 * else one at any; of these the kernel prefers who is bound to the device, and then the same family.
 */
static unsigned fits(const struct vm_sock *sk, const struct tuple *t, uint32_t proto,
		     uint32_t ifindex)
{
	const struct vm_sock_view *v = &sk->view;
	bool listens = proto == TCP ? v->state == VM_LISTEN : !is_connected(sk);
	unsigned score;

	if (v->protocol != proto || (v->bound_dev_if && v->bound_dev_if != ifindex))
		return 0;
	if (!listens)
		return is_local(sk, t) && is_remote(sk, t) ? 100 : 0;
	score = is_local(sk, t) ? 50 : is_wild(sk, t) ? 10 : 0;
	return score ? score + (v->bound_dev_if ? 2 : 0) + (v->family == t->family) : 0;
}

static struct vm_sock *find(const struct vm_world *w, const struct tuple *t, uint32_t proto,
			    int32_t netns)
{
	uint32_t i, ifindex = 0;
	struct vm_sock *found = NULL;
	unsigned best = 0, score;

	if (w->packet)
		ifindex = w->packet->kind == VM_PACKET_SKB ? w->packet->skb.ifindex
							   : w->packet->xdp.ingress_ifindex;
	for (i = 0; i < w->socks_n; i++) {
		if (MAX(w->socks[i]->netns, -1) != netns)
			continue;
		score = fits(w->socks[i], t, proto, ifindex);
		if (score > best) {
			best = score;
			found = w->socks[i];
		}
	}
	return found;
}

static bool read_tuple(const void *at, uint32_t n, struct tuple *ret_tuple)
{
	const struct vm_tuple4 *v4 = at;
	const struct vm_tuple6 *v6 = at;

	if (n == sizeof(*v4))
		*ret_tuple = (struct tuple){INET, &v4->saddr, &v4->daddr, v4->sport, v4->dport};
	else if (n == sizeof(*v6))
		*ret_tuple = (struct tuple){INET6, v6->saddr, v6->daddr, v6->sport, v6->dport};
	return n == sizeof(*v4) || n == sizeof(*v6);
}

static struct vm_sock *lookup(struct vm_run *run, uint64_t at, uint32_t n, uint64_t netns,
			      uint64_t flags, uint32_t proto)
{
	uint8_t copy[sizeof(struct vm_tuple6)] __attribute__((aligned(4)));
	int32_t ns = MAX((int32_t)netns, -1);
	struct tuple t;
	void *from;

	if (!helper_mem(run, at, n, false, &from) || n > sizeof(copy) || !from)
		return NULL;
	memcpy(copy, from, n);
	if (!read_tuple(copy, n, &t) || flags || (ns >= 0 && netns > INT32_MAX))
		return NULL;
	return find(run->world, &t, proto, ns);
}

HELPER(skc_lookup_tcp)
{
	return helper_give_sock(run, lookup(run, r2, (uint32_t)r3, r4, r5, TCP));
}

HELPER(sk_lookup_tcp)
{
	return helper_give_sock(run, full_sock(lookup(run, r2, (uint32_t)r3, r4, r5, TCP)));
}

HELPER(sk_lookup_udp)
{
	return helper_give_sock(run, full_sock(lookup(run, r2, (uint32_t)r3, r4, r5, UDP)));
}

HELPER(sk_release)
{
	struct vm_sock *sk = world_sock(run->world, r1);

	if (!sk || (is_checked(run) && !world_disown(run->world, VM_OWNS_SOCK, sk))) {
		helper_fault(run, r1, sizeof(sk->view));
		return 0;
	}
	sk->refs--;
	return 0;
}

/* ---- what else it is ---- */

HELPER(sk_fullsock)
{
	struct vm_sock *sk = world_sock(run->world, r1);

	return sk && sock_is_full(sk) ? give_sock(run, sk) : 0;
}

HELPER(tcp_sock)
{
	struct vm_sock *sk = world_sock(run->world, r1);

	return sk && sock_is_full(sk) && sk->view.protocol == TCP
		       ? give(run, &sk->tcp, sizeof(sk->tcp))
		       : 0;
}

HELPER(get_listener_sock)
{
	struct vm_sock *sk = full_sock(world_sock(run->world, r1));

	return sk && sk->view.state == VM_LISTEN ? give_sock(run, sk) : 0;
}

/* The kernel's own struct of a socket that is of such a protocol, family and state; 0: any. */
static uint64_t cast(struct vm_run *run, uint64_t at, uint32_t protocol, uint32_t family,
		     uint32_t state)
{
	const struct vm_sock *sk = world_sock(run->world, at);

	if (!sk || (protocol && sk->view.protocol != protocol) ||
	    (family && sk->view.family != family))
		return 0;
	return (state ? sk->view.state == state : sock_is_full(sk)) ? sk->address : 0;
}

HELPER(skc_to_tcp6_sock)
{
	return cast(run, r1, TCP, INET6, 0);
}

HELPER(skc_to_tcp_sock)
{
	return cast(run, r1, TCP, 0, 0);
}

HELPER(skc_to_tcp_timewait_sock)
{
	return cast(run, r1, TCP, 0, VM_TIME_WAIT);
}

HELPER(skc_to_tcp_request_sock)
{
	return cast(run, r1, TCP, 0, VM_NEW_SYN_RECV);
}

HELPER(skc_to_udp6_sock)
{
	const struct vm_sock *sk = world_sock(run->world, r1);

	return sk && sk->view.type == DATAGRAM ? cast(run, r1, UDP, INET6, 0) : 0;
}

HELPER(skc_to_unix_sock)
{
	return cast(run, r1, 0, UNIX, 0);
}

HELPER(skc_to_mptcp_sock)
{
	const struct vm_sock *sk = world_sock(run->world, r1);

	return sk && sk->mptcp ? cast(run, r1, TCP, 0, 0) : 0;
}

/* ---- whose it is ---- */

HELPER(get_socket_cookie)
{
	const struct vm_sock *sk = helper_sock_of(run->world, r1);

	return sk ? sk->cookie : 0;
}

HELPER(get_netns_cookie)
{
	enum { INIT_NET = 1 };
	const struct vm_sock *sk = helper_sock_of(run->world, r1);

	return sk ? sk->netns_cookie : INIT_NET;
}

/* A packet's socket that is there in full; NULL: none. */
static struct vm_sock *packet_sock(struct vm_run *run, uint64_t ctx)
{
	const struct vm_packet *p = helper_skb(run, ctx);

	return p ? full_sock(p->sk) : NULL;
}

HELPER(get_socket_uid)
{
	enum { OVERFLOW_UID = 65534 };
	const struct vm_sock *sk = packet_sock(run, r1);

	return sk ? sk->uid : OVERFLOW_UID;
}

HELPER(skb_cgroup_id)
{
	const struct vm_sock *sk = packet_sock(run, r1);

	return sk ? sk->cgroup : 0;
}

HELPER(skb_ancestor_cgroup_id)
{
	const struct vm_sock *sk = packet_sock(run, r1);

	return sk ? world_cgroup_ancestor(run->world, sk->cgroup, (int32_t)r2) : 0;
}

HELPER(sk_cgroup_id)
{
	const struct vm_sock *sk = full_sock(world_sock(run->world, r1));

	return sk ? sk->cgroup : 0;
}

HELPER(sk_ancestor_cgroup_id)
{
	const struct vm_sock *sk = full_sock(world_sock(run->world, r1));

	return sk ? world_cgroup_ancestor(run->world, sk->cgroup, (int32_t)r2) : 0;
}

HELPER(skb_under_cgroup)
{
	struct map *m = helper_map_of(run, r2, MAP_TYPE_CGROUP_ARRAY);
	const struct vm_sock *sk = m ? packet_sock(run, r1) : NULL;
	uint64_t id;
	int err;

	if (!m)
		return 0;
	if (!sk)
		return neg(-ENOENT);
	err = helper_cgroup_in(m, (uint32_t)r3, &id);
	return err ? neg(err) : world_cgroup_under(run->world, sk->cgroup, id);
}

HELPER(skb_cgroup_classid)
{
	const struct vm_sock *sk = packet_sock(run, r1);

	return sk ? sk->classid : 0;
}

/* Without a packet it is the current task's. */
HELPER(get_cgroup_classid)
{
	const struct vm_world *w = run->world;
	const struct vm_sock *sk =
		w->packet && r1 == address(&w->packet->skb) ? packet_sock(run, r1) : NULL;

	return sk ? sk->classid : w->task.classid;
}

HELPER(get_route_realm)
{
	const struct vm_packet *p = helper_skb(run, r1);

	return p ? p->realm : 0;
}

/* ---- where packets and connections are to go ---- */

static int assign_packet(struct vm_packet *p, struct vm_sock *sk, uint64_t flags)
{
	if (!sk || flags)
		return -EINVAL;
	if (sk->netns >= 0)
		return -ENETUNREACH;
	p->sk = sk;
	p->skb.sk = address(sk);
	return 0;
}

/* For a connection that a program of type sk_lookup is to find a socket for. */
static int assign_lookup(struct vm_world *w, const struct vm_sock_lookup *l, struct vm_sock *sk,
			 uint64_t flags)
{
	enum { REPLACE = 1, NO_REUSEPORT = 2 };
	const struct vm_sock_view *v = sk ? &sk->view : NULL;

	if (flags & ~(uint64_t)(REPLACE | NO_REUSEPORT))
		return -EINVAL;
	if (v && ((v->protocol == TCP && v->state != VM_LISTEN) ||
		  (v->protocol == UDP && v->state != VM_CLOSE)))
		return -ESOCKTNOSUPPORT;
	if (v && v->protocol != l->protocol)
		return -EPROTOTYPE;
	if (v && v->family != l->family && (v->family == INET || sk->v6only))
		return -EAFNOSUPPORT;
	if (w->selected && !(flags & REPLACE))
		return -EEXIST;
	w->selected = sk;
	w->selected_flags = flags & NO_REUSEPORT;
	return 0;
}

HELPER(sk_assign)
{
	struct vm_world *w = run->world;
	struct vm_sock *sk = world_sock(w, r2);

	if (w->packet && r1 == address(&w->packet->skb))
		return neg(assign_packet(w->packet, sk, r3));
	if (!w->lookup || (r2 && !sk)) {
		helper_fault(run, r1, sizeof(*w->lookup));
		return 0;
	}
	return neg(assign_lookup(w, w->lookup, sk, r3));
}

HELPER(tcp_send_ack)
{
	world_effect(run->world, VM_TCP_ACK, (uint32_t)r2, 0, NULL, 0);
	return 0;
}

HELPER(bind)
{
	enum { LEN4 = 16, LEN6 = 24 };
	uint32_t n = (uint32_t)r3;
	const void *from = vm_mem(run, r2, n, false);
	uint16_t family;

	if (!from)
		return 0;
	if (n < sizeof(family))
		return neg(-EINVAL);
	memcpy(&family, from, sizeof(family));
	if (family != INET && family != INET6)
		return neg(-EAFNOSUPPORT);
	if (n < (family == INET ? LEN4 : LEN6))
		return neg(-EINVAL);
	world_effect(run->world, VM_BIND, 0, 0, from, n);
	return 0;
}
