/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP SYN cookies: a sequence number that says which of four segment sizes was agreed on, and that
 * it was us who said so, less than two minutes ago. As the kernel makes them, with the world's secret
 * in place of the kernel's.
 *
 *	cookie = hash(addresses, ports, 0) + their sequence number + (minute << 24)
 *	       + (hash(addresses, ports, minute) + size) % 2^24
 */
#include "vm/helper.h"

enum { COOKIE_BITS = 24, COOKIE_MASK = (1 << COOKIE_BITS) - 1, MAX_AGE = 2 };
enum { TCP = 6, INET6 = 10, TCP_LEN = 20, SIZES = 4, SIZE_DEFAULT4 = 536, SIZE_DEFAULT6 = 1220 };

static const uint16_t sizes4[SIZES] = {536, 1300, 1440, 1460},
		      sizes6[SIZES] = {1220, 1420, 1440, 8940};

/* ---- SipHash-2-4 ---- */

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void sip_rounds(uint64_t v[4], unsigned n)
{
	while (n--) {
		v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
		v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
	}
}

/* Of whole words, which is all that is asked for. */
static uint64_t siphash(const uint64_t *word, size_t n, const uint64_t key[2])
{
	uint64_t v[4] = {
		key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
	uint64_t last = (uint64_t)n * 8 << 56;
	size_t i;

	for (i = 0; i <= n; i++) {
		uint64_t m = i < n ? word[i] : last;

		v[3] ^= m;
		sip_rounds(v, 2);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- cookies ---- */

struct segment {
	bool v6;
	uint8_t address[32]; /* source, destination; of v4 only 8 bytes */
	uint8_t tcp[60];     /* as much as there is */
	uint32_t tcp_len;
};

static uint32_t read32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint32_t hash_of(const struct vm_world *w, const struct segment *s, uint32_t minute,
			unsigned key)
{
	uint64_t word[5] = {0};
	uint32_t ports = read32(s->tcp), v4[4];

	if (s->v6) {
		memcpy(word, s->address, 32);
		word[4] = minute | (uint64_t)ports << 32;
		return (uint32_t)siphash(word, 5, w->cookie_secret + 2 * key);
	}
	v4[0] = read32(s->address);
	v4[1] = read32(s->address + 4);
	v4[2] = ports << 16 | ports >> 16;
	v4[3] = minute;
	memcpy(word, v4, sizeof(v4));
	return (uint32_t)siphash(word, 2, w->cookie_secret + 2 * key);
}

static uint32_t this_minute(const struct vm_world *w)
{
	return (uint32_t)(world_clock(w, VM_CLOCK_JIFFIES) / (60 * 250));
}

static const uint16_t *sizes_of(const struct segment *s)
{
	return s->v6 ? sizes6 : sizes4;
}

/* With the largest of our sizes that is not above theirs: cookie | size << 32. */
static uint64_t make_cookie(const struct vm_world *w, const struct segment *s, uint16_t size)
{
	uint32_t minute = this_minute(w), i = SIZES - 1, cookie;

	while (i && size < sizes_of(s)[i])
		i--;
	cookie = hash_of(w, s, 0, 0) + be32toh(read32(s->tcp + 4)) + (minute << COOKIE_BITS) +
		 ((hash_of(w, s, minute, 1) + i) & COOKIE_MASK);
	return cookie | (uint64_t)sizes_of(s)[i] << 32;
}

static bool check_cookie(const struct vm_world *w, const struct segment *s)
{
	uint32_t seq = be32toh(read32(s->tcp + 4)) - 1, cookie = be32toh(read32(s->tcp + 8)) - 1;
	uint32_t minute = this_minute(w), age;

	cookie -= hash_of(w, s, 0, 0) + seq;
	age = (minute - (cookie >> COOKIE_BITS)) & (UINT32_MAX >> COOKIE_BITS);
	return age < MAX_AGE && ((cookie - hash_of(w, s, minute - age, 1)) & COOKIE_MASK) < SIZES;
}

/* What a SYN's options say, or 0. */
static uint16_t size_option(const struct segment *s)
{
	enum { END, NOP, SIZE, SIZE_LEN = 4 };
	uint32_t at = TCP_LEN;

	while (at < s->tcp_len && s->tcp[at] != END) {
		if (s->tcp[at] == NOP) {
			at++;
			continue;
		}
		if (s->tcp_len - at < 2 || s->tcp[at + 1] < 2 || s->tcp[at + 1] > s->tcp_len - at)
			return 0;
		if (s->tcp[at] == SIZE && s->tcp[at + 1] == SIZE_LEN)
			return (uint16_t)(s->tcp[at + 2] << 8 | s->tcp[at + 3]);
		at += s->tcp[at + 1];
	}
	return 0;
}

/* ---- the helpers ---- */

enum { IP4_SOURCE = 12, IP6_SOURCE = 8 };

static bool read_segment(struct vm_run *run, uint64_t ip, bool v6, uint64_t tcp, uint32_t tcp_len,
			 struct segment *ret_segment)
{
	struct segment s = {.v6 = v6, .tcp_len = MIN(tcp_len, (uint32_t)sizeof(s.tcp))};
	const uint8_t *from = vm_mem(run, ip, v6 ? IP6_LEN : IP4_LEN, false);
	const void *tcp_from;

	if (!from)
		return false;
	tcp_from = vm_mem(run, tcp, s.tcp_len, false);
	if (!tcp_from)
		return false;
	memcpy(s.address, from + (v6 ? IP6_SOURCE : IP4_SOURCE), v6 ? 32 : 8);
	memcpy(s.tcp, tcp_from, s.tcp_len);
	*ret_segment = s;
	return true;
}

static uint32_t header_len(const struct segment *s)
{
	return (s->tcp[12] >> 4) * 4u;
}

static uint64_t raw_gen(struct vm_run *run, uint64_t ip, bool v6, uint64_t tcp, uint32_t tcp_len)
{
	struct segment s;
	uint16_t size;

	if (tcp_len < TCP_LEN)
		return neg(-EINVAL);
	if (!read_segment(run, ip, v6, tcp, tcp_len, &s))
		return 0;
	if (tcp_len != header_len(&s))
		return neg(-EINVAL);
	size = size_option(&s);
	return make_cookie(run->world, &s, size ? size : v6 ? SIZE_DEFAULT6 : SIZE_DEFAULT4);
}

HELPER(tcp_raw_gen_syncookie_ipv4)
{
	return raw_gen(run, r1, false, r2, (uint32_t)r3);
}

HELPER(tcp_raw_gen_syncookie_ipv6)
{
	return raw_gen(run, r1, true, r2, (uint32_t)r3);
}

static uint64_t raw_check(struct vm_run *run, uint64_t ip, bool v6, uint64_t tcp)
{
	struct segment s;

	if (!read_segment(run, ip, v6, tcp, TCP_LEN, &s))
		return 0;
	return neg(check_cookie(run->world, &s) ? 0 : -EACCES);
}

HELPER(tcp_raw_check_syncookie_ipv4)
{
	return raw_check(run, r1, false, r2);
}

HELPER(tcp_raw_check_syncookie_ipv6)
{
	return raw_check(run, r1, true, r2);
}

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static int check_listener(const struct vm_sock *sk, bool v6)
{
	if (v6)
		return sk->view.family == INET6 ? 0 : -EINVAL;
	return sk->view.family == INET6 && sk->v6only ? -EINVAL : 0;
}

/* The headers, for a socket that listens; the version says which. Or -errno, also of a fault. */
static int take_segment(struct vm_run *run, const struct vm_sock *sk, uint64_t ip, uint32_t ip_len,
			uint64_t tcp, uint32_t tcp_len, struct segment *ret_segment)
{
	const uint8_t *version;

	if (ip_len < IP4_LEN)
		return -EINVAL;
	version = vm_mem(run, ip, ip_len, false);
	if (!version)
		return -EFAULT;
	if (*version >> 4 != 4 && *version >> 4 != 6)
		return -EPROTONOSUPPORT;
	if ((*version >> 4 == 6 && ip_len < IP6_LEN) || check_listener(sk, *version >> 4 == 6))
		return -EINVAL;
	return read_segment(run, ip, *version >> 4 == 6, tcp, tcp_len, ret_segment) ? 0 : -EFAULT;
}

static uint8_t flags_of(struct vm_run *run, uint64_t tcp)
{
	const uint8_t *at = vm_mem(run, tcp, TCP_LEN, false);

	return at ? at[13] : 0;
}

HELPER(tcp_gen_syncookie)
{
	const struct vm_sock *sk = world_sock(run->world, r1);
	struct segment s;
	uint16_t size;
	int err;

	if (!sk || (uint32_t)r5 < TCP_LEN || sk->view.state != VM_LISTEN ||
	    sk->view.protocol != TCP || (flags_of(run, r4) & (SYN | ACK | FIN | RST)) != SYN)
		return neg(-EINVAL);
	err = take_segment(run, sk, r2, (uint32_t)r3, r4, (uint32_t)r5, &s);
	if (err)
		return neg(err);
	if ((uint32_t)r5 != header_len(&s))
		return neg(-EINVAL);
	if (!sk->syn_flood)
		return neg(-ENOENT);
	size = size_option(&s);
	return make_cookie(run->world, &s, size ? size : s.v6 ? SIZE_DEFAULT6 : SIZE_DEFAULT4);
}

HELPER(tcp_check_syncookie)
{
	const struct vm_sock *sk = world_sock(run->world, r1);
	struct segment s;
	int err;

	if (!sk || (uint32_t)r5 < TCP_LEN || sk->view.state != VM_LISTEN ||
	    sk->view.protocol != TCP)
		return neg(-EINVAL);
	if ((flags_of(run, r4) & (ACK | RST | SYN)) != ACK)
		return neg(-ENOENT);
	if ((uint32_t)r3 < IP4_LEN)
		return neg(-EINVAL);
	if (!sk->syn_flood)
		return neg(-ENOENT);
	err = take_segment(run, sk, r2, (uint32_t)r3, r4, (uint32_t)r5, &s);
	if (err)
		return neg(err);
	return neg(check_cookie(run->world, &s) ? 0 : -ENOENT);
}
