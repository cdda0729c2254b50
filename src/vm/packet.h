/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets: what programs see of them, and where they go. Part of vm.h; include that.
 */
#ifndef SKEP_VM_PACKET_H
#define SKEP_VM_PACKET_H

struct map;
struct map_target;
struct vm_sock;

enum { VM_PACKET_MAX = 1 << 18 }; /* bytes of a packet's buffer, head and tail room included */

/* What packet programs get as r1: the kernel's UAPI structs, whose layout programs know. */
struct vm_skb { /* struct __sk_buff */
	uint32_t len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto;
	uint32_t priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid;
	uint32_t data, data_end; /* addresses: packets lie in the low 4 GiB */
	uint32_t napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4];
	uint32_t remote_port, local_port, data_meta;
	uint64_t flow_keys, tstamp;
	uint32_t wire_len, gso_segs;
	uint64_t sk;
	uint32_t gso_size;
	uint8_t tstamp_type, pad[3];
	uint64_t hwtstamp;
};
_Static_assert(offsetof(struct vm_skb, data) == 76, "struct __sk_buff");
_Static_assert(offsetof(struct vm_skb, tstamp) == 152, "struct __sk_buff");
_Static_assert(sizeof(struct vm_skb) == 192, "struct __sk_buff");

struct vm_xdp { /* struct xdp_md */
	uint32_t data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

enum vm_packet_kind { VM_PACKET_SKB, VM_PACKET_XDP };

/*
 * The truth about the packet is here; the context is what the program sees of it. What it may write
 * there (mark, priority, cb, tstamp...) is the truth only there.
 *
 * A packet is linear and has no hardware checksum. Headers count from the data's begin.
 */
struct vm_packet {
	enum vm_packet_kind kind;
	bool l3; /* data begins with the network header, as for lwt and cgroup programs */
	uint32_t mtu, hard_header_len; /* of the device */
	uint16_t hatype; /* ARPHRD_*, of the device */
	uint32_t frame_end; /* XDP: where a frame ends, room for the kernel's own excluded */
	struct vm_sock *sk; /* borrowed: whose it is; vm_packet_set leaves it */
	uint32_t realm;	    /* of its route */
	/* the packet's own */
	uint8_t *buf; /* owned: VM_PACKET_MAX bytes in the low 4 GiB */
	uint32_t at, len, meta; /* the data; bytes of metadata in front of it */
	int32_t mac, network;
	/*
	 * As far as the kernel's buffer would begin in front of the data, and where in it the
	 * transport header is. It begins as 0xffff, not set, and becomes something else when that
	 * buffer grows; the kernel then believes in it, so we must know.
	 */
	uint32_t headroom;
	uint16_t transport;
	uint8_t csum_level;
	bool csum_unnecessary, hash_valid, encapsulation;
	uint64_t tunnel_key_set; /* flags + 1 */
	int32_t srh_grown; /* bytes by which its segment routing header is longer than it says */
	union {
		struct vm_skb skb;
		struct vm_xdp xdp;
	};
};

int vm_packet_init(struct vm_packet *p, enum vm_packet_kind kind) MUST_USE;
void vm_packet_done(struct vm_packet *p);
/* A packet as BPF_PROG_TEST_RUN makes it from these bytes; the context's other fields become 0. */
int vm_packet_set(struct vm_packet *p, const void *bytes, size_t n) MUST_USE;
/*
 * Lets the run see it, in checked engines; to be called before each run, when regions were reset.
 */
int vm_packet_show(struct vm_run *run, struct vm_packet *p) MUST_USE;
static inline const uint8_t *vm_packet_data(const struct vm_packet *p) { return p->buf + p->at; }
static inline void *vm_packet_ctx(struct vm_packet *p) { return &p->skb; }

/* Where XDP_REDIRECT or TC_ACT_REDIRECT sends the packet: what the last such helper said. */
enum vm_redirect_kind {
	VM_REDIRECT_NONE,
	VM_REDIRECT_DEV,
	VM_REDIRECT_PEER,
	VM_REDIRECT_NEIGH,
	VM_REDIRECT_MAP,
	VM_REDIRECT_SOCK, /* `target`'s socket, of `map` */
};

struct vm_redirect {
	enum vm_redirect_kind kind;
	uint32_t ifindex;
	uint64_t flags;
	struct map *map; /* borrowed */
	uint32_t key;
	const struct map_target *target; /* borrowed: the map's element; NULL: all of them */
	uint8_t nexthop[20]; /* VM_REDIRECT_NEIGH: struct bpf_redir_neigh, or zeros */
};

struct vm_fib { /* struct bpf_fib_lookup */
	uint8_t family, l4_protocol;
	uint16_t sport, dport; /* big-endian, as are addresses and flowinfo */
	uint16_t tot_len;      /* in; out: the route's MTU */
	uint32_t ifindex;
	uint32_t tos; /* or the flow info; out: the route's metric */
	uint32_t src[4], dst[4];
	uint32_t vlan; /* out: protocol and tag; in: the table, with BPF_FIB_LOOKUP_TBID */
	uint8_t smac[6], dmac[6]; /* out; in: the mark, with BPF_FIB_LOOKUP_MARK */
};
_Static_assert(sizeof(struct vm_fib) == 64, "struct bpf_fib_lookup");

enum vm_xdp_hint {
	VM_XDP_TIMESTAMP, /* a */
	VM_XDP_HASH,	  /* a: the hash, b: its enum xdp_rss_hash_type */
	VM_XDP_VLAN,	  /* a: the tag, b: the protocol, as on the wire */
};

#endif
