/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets, the messages between them, and what else contexts of network programs lead to. Part of
 * vm.h; include that.
 *
 * A socket is the caller's. Programs have its address and see the kernel's UAPI structs: struct
 * bpf_sock where it begins, struct bpf_tcp_sock at `tcp`. In maps of sockets the owner's reference
 * (struct map_target.ref) is a struct vm_sock *.
 */
#ifndef SKEP_VM_SOCKET_H
#define SKEP_VM_SOCKET_H

struct vm_sock_view { /* struct bpf_sock */
	uint32_t bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4];
	uint32_t src_port; /* in the host's order, alone of all */
	uint16_t dst_port, pad;
	uint32_t dst_ip4, dst_ip6[4];
	uint32_t state; /* enum vm_sock_state */
	int32_t rx_queue_mapping;
};
_Static_assert(sizeof(struct vm_sock_view) == 80, "struct bpf_sock");

struct vm_tcp_view { /* struct bpf_tcp_sock */
	uint32_t snd_cwnd, srtt_us, rtt_min, snd_ssthresh, rcv_nxt, snd_nxt, snd_una, mss_cache;
	uint32_t ecn_flags, rate_delivered, rate_interval_us, packets_out, retrans_out;
	uint32_t total_retrans, segs_in, data_segs_in, segs_out, data_segs_out, lost_out,
		sacked_out;
	uint64_t bytes_received, bytes_acked;
	uint32_t dsack_dups, delivered, delivered_ce, icsk_retransmits;
};
_Static_assert(sizeof(struct vm_tcp_view) == 112, "struct bpf_tcp_sock");

enum vm_sock_state { /* those that helpers ask for */
		     VM_ESTABLISHED = 1,
		     VM_TIME_WAIT = 6,
		     VM_CLOSE = 7,
		     VM_LISTEN = 10,
		     VM_NEW_SYN_RECV = 12,
};

struct vm_sock {
	struct vm_sock_view view;
	struct vm_tcp_view tcp;
	uint64_t address; /* what bpf_skc_to_*() gives: of the kernel's own struct; 0: none */
	uint64_t cookie, netns_cookie, cgroup;
	uint32_t uid, classid, reuseport_id; /* reuseport_id: 0: not in a group */
	int32_t netns;                       /* -1: the program's own; else its id there */
	int32_t fd; /* how the owner of socket maps calls it, for bpf_sock_map_update */
	bool v6only, mptcp;
	bool syn_flood;           /* its queue is full, so it sends SYN cookies */
	struct vm_sock *listener; /* of a request socket */
	uint32_t cb_flags;        /* told: of bpf_sock_ops_cb_flags_set */
	int32_t refs;             /* told: references that programs hold */
};

struct vm_sockopt {
	uint64_t cookie;
	uint32_t level, name, n;
	uint8_t value[32];
};

/* The tuples of bpf_sk_lookup_*: addresses and ports as on the wire. */
struct vm_tuple4 {
	uint32_t saddr, daddr;
	uint16_t sport, dport;
};

struct vm_tuple6 {
	uint32_t saddr[4], daddr[4];
	uint16_t sport, dport;
};

/* What a program of type sk_lookup is asked for; its struct bpf_sk_lookup is the caller's. */
struct vm_sock_lookup {
	uint32_t family, protocol;
};

/* The options of a TCP header that sock_ops programs parse, or write. */
struct vm_tcp_options {
	uint8_t *at;
	uint32_t len, room; /* room: how many more may be written, or reserved */
	const uint8_t *syn; /* those of the SYN that was saved; NULL: none */
	uint32_t syn_len;
};

/* ---- messages ---- */

enum { VM_MSG_MAX = 1 << 16 };

struct vm_msg {
	struct vm_msg_view { /* struct sk_msg_md: the context */
		uint64_t data, data_end;
		uint32_t family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4];
		uint32_t remote_port, local_port, size;
		uint64_t sk;
	} view;
	uint8_t *buf;          /* owned: VM_MSG_MAX bytes */
	uint32_t len, at, end; /* at, end: what the program sees of it */
	uint32_t apply, cork;  /* told: of bpf_msg_apply_bytes and bpf_msg_cork_bytes */
};
_Static_assert(sizeof(struct vm_msg_view) == 80, "struct sk_msg_md");

int vm_msg_init(struct vm_msg *m) MUST_USE;
void vm_msg_done(struct vm_msg *m);
int vm_msg_set(struct vm_msg *m, const void *bytes, size_t n, struct vm_sock *sk) MUST_USE;
/* As vm_packet_show. */
int vm_msg_show(struct vm_run *run, struct vm_msg *m) MUST_USE;

/* ---- sysctl ---- */

struct vm_sysctl {
	const char *name; /* as it stands under /proc/sys */
	const char *value;
	bool write;
	char *next; /* with `write`: the new value; NULL: there is none */
	size_t next_n, next_max;
	bool replaced; /* told */
};

#endif
