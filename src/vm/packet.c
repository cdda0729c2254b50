/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets: the buffer, and keeping the context true to it.
 *
 * The context has 32-bit fields for the addresses of the data. So that programs work as they are,
 * with no rewriting of their loads, the buffer lies in the low 4 GiB, and the fields are the
 * addresses.
 *
 * Data moves within the buffer as heads are pushed and pulled; when the room in front does not
 * suffice, it is put back to the middle. Pages of the buffer that nobody touches cost nothing.
 */
#include <sys/mman.h>

#include "vm/helper.h"

enum { XDP_HEADROOM = 256, XDP_FRAME = 4096, XDP_TAILROOM = 320 };
enum { SKB_HEADROOM = 1 << 16, SKB_LEN_MAX = 1 << 17 };
enum { LOOPBACK = 772, LOOPBACK_MTU = 65536, KERNEL_HEADROOM = 64 };

static void *low_pages(size_t size)
{
	const int prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *p = MAP_FAILED;
#ifdef MAP_32BIT
	p = mmap(NULL, size, prot, flags | MAP_32BIT, -1, 0);
#else
	uintptr_t hint;

	for (hint = 1u << 28; p == MAP_FAILED && hint < 0xf0000000u; hint += 1u << 20) {
		p = mmap((void *)hint, size, prot, flags | MAP_FIXED_NOREPLACE, -1, 0);
		if (p != MAP_FAILED && address(p) + size > UINT32_MAX) {
			munmap(p, size);
			p = MAP_FAILED;
		}
	}
#endif
	return p == MAP_FAILED ? NULL : p;
}

int vm_packet_init(struct vm_packet *p, enum vm_packet_kind kind)
{
	uint8_t *buf = low_pages(VM_PACKET_MAX);

	if (!buf)
		return -ENOMEM;
	*p = (struct vm_packet){.kind = kind,
				.buf = buf,
				.mtu = LOOPBACK_MTU,
				.hard_header_len = ETH_HLEN,
				.hatype = LOOPBACK,
				.frame_end = XDP_FRAME - XDP_TAILROOM};
	return 0;
}

void vm_packet_done(struct vm_packet *p)
{
	if (p->buf)
		munmap(p->buf, VM_PACKET_MAX);
	p->buf = NULL;
}

/* ---- a new one ---- */

enum packet_type { TO_US, TO_ALL, TO_MANY, TO_ANOTHER };

/* By the destination address; that of the loopback device is zero. */
static uint32_t type_of(const uint8_t *mac)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, us[6];

	if (!memcmp(mac, all, 6))
		return TO_ALL;
	if (mac[0] & 1)
		return TO_MANY;
	return memcmp(mac, us, 6) ? TO_ANOTHER : TO_US;
}

/*
 * As stored in the packet; a length field in its place means 802.3, or 802.2 for anything but IPX.
 */
static uint16_t protocol_of(const uint8_t *bytes, uint32_t len)
{
	enum { FIRST_TYPE = 0x600, P_802_3 = 1, P_802_2 = 4 };
	uint16_t type, next = 0;

	memcpy(&type, bytes + 12, 2);
	if (be16toh(type) >= FIRST_TYPE)
		return type;
	if (len >= ETH_HLEN + 2)
		memcpy(&next, bytes + ETH_HLEN, 2);
	return htobe16(next == 0xffff ? P_802_3 : P_802_2);
}

static void set_addresses(struct vm_packet *p, const uint8_t *net)
{
	uint16_t proto = packet_proto(p);

	if (proto == ETH_P_IP && p->len >= ETH_HLEN + IP4_LEN) {
		p->skb.family = 2;
		memcpy(&p->skb.local_ip4, net + 12, 4);
		memcpy(&p->skb.remote_ip4, net + 16, 4);
	} else if (proto == ETH_P_IPV6 && p->len >= ETH_HLEN + IP6_LEN) {
		p->skb.family = 10;
		memcpy(p->skb.local_ip6, net + 8, 16);
		memcpy(p->skb.remote_ip6, net + 24, 16);
	}
}

static void set_context(struct vm_packet *p)
{
	uint32_t data = (uint32_t)address(packet_bytes(p));

	if (p->kind == VM_PACKET_XDP) {
		p->xdp.data = data;
		p->xdp.data_end = data + p->len;
		p->xdp.data_meta = data - p->meta;
		return;
	}
	p->skb.sk = address(p->sk);
	p->skb.len = p->len;
	p->skb.data = data;
	p->skb.data_end = data + p->len;
	p->skb.data_meta = data - p->meta;
}

int vm_packet_set(struct vm_packet *p, const void *bytes, size_t n)
{
	bool xdp = p->kind == VM_PACKET_XDP;

	if (n < ETH_HLEN)
		return -EINVAL;
	if (n > (xdp ? p->frame_end - XDP_HEADROOM : SKB_LEN_MAX))
		return -E2BIG;
	memset(&p->skb, 0, sizeof(p->skb));
	p->at = xdp ? XDP_HEADROOM : SKB_HEADROOM;
	p->len = (uint32_t)n;
	p->meta = 0;
	p->mac = 0;
	p->network = ETH_HLEN;
	p->transport = UINT16_MAX;
	p->headroom = KERNEL_HEADROOM;
	p->csum_level = 0;
	p->csum_unnecessary = p->hash_valid = p->encapsulation = false;
	p->tunnel_key_set = 0;
	p->srh_grown = 0;
	memcpy(packet_bytes(p), bytes, n);
	if (!xdp) {
		p->skb.pkt_type = type_of(bytes);
		p->skb.protocol = protocol_of(bytes, p->len);
		set_addresses(p, packet_bytes(p) + ETH_HLEN);
		p->skb.wire_len = p->len;
		p->skb.ifindex = 1;
		if (p->l3)
			packet_pull(p, ETH_HLEN);
	}
	set_context(p);
	return 0;
}

/* ---- what the program may touch ---- */

static bool is_data(const struct vm_packet *p, const struct vm_region *g)
{
	return g->at - address(p->buf) < VM_PACKET_MAX;
}

static struct vm_region data_region(const struct vm_packet *p)
{
	return (struct vm_region){address(packet_bytes(p)) - p->meta, p->len + p->meta, true};
}

int vm_packet_show(struct vm_run *run, struct vm_packet *p)
{
	struct vm_region g = data_region(p);
	int err = vm_run_region(run, pointer(g.at), g.len, true);

	if (err)
		return err;
	return vm_run_region(run, &p->skb,
			     p->kind == VM_PACKET_XDP ? sizeof(p->xdp) : sizeof(p->skb), true);
}

void packet_moved(struct vm_run *run, struct vm_packet *p)
{
	size_t i;

	set_context(p);
	for (i = 0; i < run->region.n; i++)
		if (is_data(p, &run->region.at[i]))
			run->region.at[i] = data_region(p);
}

/* The kernel's buffer gets room for n bytes in front, in steps of 64. */
void packet_reserve(struct vm_packet *p, uint32_t n)
{
	uint32_t want = p->meta + n;
	uint32_t grow =
		want > p->headroom ? ALIGN_UP(want - p->headroom, (uint32_t)KERNEL_HEADROOM) : 0;

	p->headroom += grow;
	p->transport = (uint16_t)(p->transport + grow);
}

void packet_push(struct vm_packet *p, uint32_t n)
{
	packet_reserve(p, n);
	if (p->at < p->meta + n) {
		memmove(p->buf + SKB_HEADROOM - p->meta, packet_bytes(p) - p->meta,
			p->meta + p->len);
		p->at = SKB_HEADROOM;
	}
	assert(p->at >= n + p->meta && p->at - n + p->len + n <= VM_PACKET_MAX);
	p->at -= n;
	p->len += n;
	p->mac += (int32_t)n;
	p->network += (int32_t)n;
	p->headroom -= n;
}

void packet_pull(struct vm_packet *p, uint32_t n)
{
	assert(n <= p->len);
	p->at += n;
	p->len -= n;
	p->mac -= (int32_t)n;
	p->network -= (int32_t)n;
	p->headroom += n;
}

struct vm_packet *helper_packet(struct vm_run *run, uint64_t ctx)
{
	struct vm_packet *p = run->world->packet;

	if (p && ctx == address(&p->skb))
		return p;
	helper_fault(run, ctx, sizeof(p->skb));
	return NULL;
}

static struct vm_packet *packet_of(struct vm_run *run, uint64_t ctx, enum vm_packet_kind kind)
{
	struct vm_packet *p = helper_packet(run, ctx);

	if (!p || p->kind == kind)
		return p;
	helper_fault(run, ctx, sizeof(p->skb));
	return NULL;
}

struct vm_packet *helper_skb(struct vm_run *run, uint64_t ctx)
{
	return packet_of(run, ctx, VM_PACKET_SKB);
}

struct vm_packet *helper_xdp(struct vm_run *run, uint64_t ctx)
{
	return packet_of(run, ctx, VM_PACKET_XDP);
}
