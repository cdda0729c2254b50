/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets that the world knows: looking them up, what they are asked, options, maps, messages. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_SYSCALL = 31 };

static const uint8_t packet[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};

static void init(struct helper_text *p, uint32_t type, const char *text)
{
	helper_text_init(p, type, text);
	p->c.data = packet;
	p->c.data_n = type == PROG_CLS ? sizeof(packet) : 0;
}

/* ---- lookups ---- */

#define LOOKUP(at, source, sport, dest, dport, helper)                                             \
	"r1 = " source " ll\n*(u32 *)(r10 - 12) = r1\nr1 = " dest " ll\n*(u32 *)(r10 - 8) = r1\n"  \
	"r1 = " sport "\nr1 = be16 r1\n*(u16 *)(r10 - 4) = r1\n"                                   \
	"r1 = " dport "\nr1 = be16 r1\n*(u16 *)(r10 - 2) = r1\n"                                   \
	"r1 = r6\nr2 = r10\nr2 += -12\nr3 = 12\nr4 = -1\nr5 = 0\ncall " helper "\n"                \
	"r7 = 0\nif r0 == 0 goto no" at "\nr7 = *(u32 *)(r0 + 72)\nr7 <<= 16\n"                    \
	"r1 = *(u32 *)(r0 + 44)\nr7 |= r1\nr1 = r0\ncall sk_release\nno" at ":\n"                  \
	"*(u64 *)(r9 + " at ") = r7\n"

#define LOOPBACK "0x0100007f"
#define OTHER    "0x0200007f"

static const char lookups[] = "r6 = r1\nr9 = out ll\n" LOOKUP("0", OTHER, "1000", LOOPBACK, "80",
							      "sk_lookup_tcp")
	LOOKUP("8", OTHER, "2000", LOOPBACK, "80",
	       "sk_lookup_tcp") LOOKUP("16", OTHER, "2000", OTHER, "80", "sk_lookup_tcp")
		LOOKUP("24", OTHER, "2000", LOOPBACK, "81",
		       "sk_lookup_tcp") LOOKUP("32", OTHER, "2000", LOOPBACK, "80", "sk_lookup_udp")
			LOOKUP("40", OTHER, "53", LOOPBACK, "90", "sk_lookup_udp")
				LOOKUP("48", OTHER, "54", LOOPBACK, "90", "sk_lookup_udp")
					LOOKUP("56", OTHER, "3000", LOOPBACK, "80", "sk_lookup_tcp")
						LOOKUP("64", OTHER, "3000", LOOPBACK, "80",
						       "skc_lookup_tcp")
							LOOKUP("72", OTHER, "3000", LOOPBACK, "82",
							       "sk_lookup_tcp") "r0 = 0\nexit\n";

enum { TCP4 = 6, UDP4 = 17 };

#define SOCK(protocol_, state_, src, sport, dst, dport)                                            \
	{                                                                                          \
		.view = {.family = AF_INET,                                                        \
			 .protocol = protocol_,                                                    \
			 .state = state_,                                                          \
			 .src_ip4 = src,                                                           \
			 .src_port = sport,                                                        \
			 .dst_ip4 = dst,                                                           \
			 .dst_port = (uint16_t)((dport) << 8 | (dport) >> 8)},                     \
		.netns = -1                                                                        \
	}

static struct vm_sock socks[] = {
	SOCK(TCP4, VM_LISTEN, 0x0100007f, 80, 0, 0),
	SOCK(TCP4, VM_LISTEN, 0, 80, 0, 0),
	SOCK(TCP4, VM_ESTABLISHED, 0x0100007f, 80, 0x0200007f, 1000),
	SOCK(UDP4, VM_CLOSE, 0, 90, 0, 0),
	SOCK(UDP4, VM_ESTABLISHED, 0x0100007f, 90, 0x0200007f, 53),
	SOCK(TCP4, VM_TIME_WAIT, 0x0100007f, 80, 0x0200007f, 3000),
	{.view = {.family = AF_INET6, .protocol = TCP4, .state = VM_LISTEN, .src_port = 82},
	 .netns = -1},
	{.view = {.family = AF_INET6, .protocol = TCP4, .state = VM_LISTEN, .src_port = 81},
	 .netns = -1,
	 .v6only = true},
};

static struct vm_sock *const table[] = {&socks[0], &socks[1], &socks[2], &socks[3],
					&socks[4], &socks[5], &socks[6], &socks[7]};

TEST(sockets_are_looked_up)
{
	const int64_t want[] = {VM_ESTABLISHED << 16 | 80,
				VM_LISTEN << 16 | 80,
				VM_LISTEN << 16 | 80,
				0,
				0,
				VM_ESTABLISHED << 16 | 90,
				VM_CLOSE << 16 | 90,
				0,
				VM_TIME_WAIT << 16 | 80,
				VM_LISTEN << 16 | 82};
	struct helper_text p;
	struct vm_world w;
	size_t i;

	init(&p, PROG_CLS, lookups);
	vm_world_init(&w, NULL, NULL, 1);
	w.socks = table;
	w.socks_n = ARRAY_LEN(table);
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	for (i = 0; i < ARRAY_LEN(socks) && !test_oom(); i++)
		CHECK_EQ(socks[i].refs, 0);
	helper_text_done(&p);
	vm_world_done(&w);
}

/* The same lookups of a socket that is really there. */
static const char real[] =
	"r6 = r1\nr9 = out ll\nr8 = %u\n"
	"*(u32 *)(r10 - 12) = 0\nr1 = " LOOPBACK " ll\n*(u32 *)(r10 - 8) = r1\n"
	"*(u16 *)(r10 - 4) = 0\n*(u16 *)(r10 - 2) = r8\n"
	"r1 = r6\nr2 = r10\nr2 += -12\nr3 = 12\nr4 = -1\nr5 = 0\ncall %s\n"
	"if r0 == 0 goto none\nr7 = r0\n"
	"r1 = *(u32 *)(r7 + 4)\n*(u64 *)(r9 + 0) = r1\nr1 = *(u32 *)(r7 + 8)\n*(u64 *)(r9 + 8) = "
	"r1\n"
	"r1 = *(u32 *)(r7 + 12)\n*(u64 *)(r9 + 16) = r1\nr1 = *(u32 *)(r7 + 24)\n*(u64 *)(r9 + 24) "
	"= r1\n"
	"r1 = *(u32 *)(r7 + 44)\n*(u64 *)(r9 + 32) = r1\nr1 = *(u32 *)(r7 + 52)\n*(u64 *)(r9 + 40) "
	"= r1\n"
	"r1 = *(u32 *)(r7 + 72)\n*(u64 *)(r9 + 48) = r1\n"
	"r1 = r7\ncall sk_fullsock\nif r0 == 0 goto no0\nr0 = 1\nno0:\n*(u64 *)(r9 + 56) = r0\n"
	"r1 = r7\ncall tcp_sock\nif r0 == 0 goto no1\nr0 = 1\nno1:\n*(u64 *)(r9 + 64) = r0\n"
	"r1 = r7\ncall get_listener_sock\nif r0 == 0 goto no2\nr0 = 1\nno2:\n*(u64 *)(r9 + 72) = "
	"r0\n"
	"r1 = r6\nr2 = r7\nr3 = 1\ncall sk_assign\n*(u64 *)(r9 + 88) = r0\n"
	"r1 = r7\ncall sk_release\n*(u64 *)(r9 + 96) = r0\nr0 = 1\nexit\nnone:\nr0 = 0\nexit\n";

static void look_up_real(int type, const char *helper)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct helper_result *k = helper_result_new(), *r = helper_result_new();
	int fd = socket(AF_INET, type, 0);
	socklen_t len = sizeof(a);
	struct vm_sock sk = {.netns = -1};
	struct vm_sock *one = &sk;
	struct helper_text p;
	struct vm_world w;
	char text[4096];

	if (fd < 0 || bind(fd, (void *)&a, sizeof(a)) || (type == SOCK_STREAM && listen(fd, 1)) ||
	    getsockname(fd, (void *)&a, &len))
		SKIP("no sockets here");
	snprintf(text, sizeof(text), real, a.sin_port, helper);
	init(&p, PROG_CLS, text);
	helper_run_kernel(&p.c, k);
	if (k->err)
		FAIL("%d: %s", k->err, k->log.s);
	CHECK_EQ(k->r0, 1);
	sk.view = (struct vm_sock_view){.family = AF_INET,
					.type = (uint32_t)type,
					.protocol = type == SOCK_STREAM ? TCP4 : UDP4,
					.src_ip4 = a.sin_addr.s_addr,
					.src_port = ntohs(a.sin_port),
					.state = type == SOCK_STREAM ? VM_LISTEN : VM_CLOSE};
	vm_world_init(&w, NULL, NULL, 1);
	w.socks = &one;
	w.socks_n = 1;
	helper_text_run(&p, &w, r);
	CHECK_EQ(r->r0, 1);
	CHECK_MEM(r->out, k->out, 104);
	close(fd);
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(k);
	helper_result_free(r);
}

TEST_WITH(sockets_as_the_kernel, TEST_NO_OOM)
{
	if (helper_no_referee())
		SKIP("%s", helper_no_referee());
	look_up_real(SOCK_STREAM, "sk_lookup_tcp");
	look_up_real(SOCK_DGRAM, "sk_lookup_udp");
}

/* A reference that is not given back is the world's; one that nobody has cannot be given back. */
TEST(references_are_counted)
{
	struct helper_result *r = helper_result_new();
	struct helper_text p;
	struct vm_world w;

	init(&p, PROG_CLS,
	     "r6 = r1\n*(u32 *)(r10 - 12) = 0\nr1 = " LOOPBACK " ll\n*(u32 *)(r10 - 8) = r1\n"
	     "r1 = 0x50000000 ll\n*(u32 *)(r10 - 4) = r1\n"
	     "r1 = r6\nr2 = r10\nr2 += -12\nr3 = 12\nr4 = -1\nr5 = 0\ncall sk_lookup_tcp\nr7 = r0\n"
	     "r1 = r7\ncall sk_release\nr1 = r7\ncall sk_release\nr0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	w.socks = table;
	w.socks_n = ARRAY_LEN(table);
	helper_run_ours(&p.c, VM_CHECKED, &w, r);
	if (!test_oom())
		CHECK_EQ(r->err, -EFAULT);
	CHECK_EQ(socks[0].refs, 0);
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}

TEST(whose_a_socket_is)
{
	static const struct vm_cgroup cgroups[] = {{1, 0, 0x1000}, {7, 1, 0x7000}, {9, 7, 0x9000}};
	const int64_t want[] = {5, 3, 9, 7, 0, 0xabc0, 0, 0xabc0, 9, 1};
	struct vm_sock sk = {
		.view = {.family = AF_INET6, .protocol = TCP4, .state = VM_ESTABLISHED},
		.address = 0xabc0,
		.cookie = 5,
		.netns_cookie = 3,
		.cgroup = 9,
		.netns = -1};
	struct vm_sock *one = &sk;
	struct helper_text p;
	struct vm_world w;
	char text[2048];

	snprintf(text, sizeof(text),
		 "r7 = %llu ll\nr9 = out ll\n"
		 "r1 = r7\ncall get_socket_cookie\n*(u64 *)(r9 + 0) = r0\n"
		 "r1 = r7\ncall get_netns_cookie\n*(u64 *)(r9 + 8) = r0\n"
		 "r1 = r7\ncall sk_cgroup_id\n*(u64 *)(r9 + 16) = r0\n"
		 "r1 = r7\nr2 = 1\ncall sk_ancestor_cgroup_id\n*(u64 *)(r9 + 24) = r0\n"
		 "r1 = r7\nr2 = 3\ncall sk_ancestor_cgroup_id\n*(u64 *)(r9 + 32) = r0\n"
		 "r1 = r7\ncall skc_to_tcp6_sock\n*(u64 *)(r9 + 40) = r0\n"
		 "r1 = r7\ncall skc_to_udp6_sock\n*(u64 *)(r9 + 48) = r0\n"
		 "r1 = r0\nr1 = 0xabc0\ncall skc_to_tcp_sock\n*(u64 *)(r9 + 56) = r0\n"
		 "r1 = 0xabc0\ncall sk_cgroup_id\n*(u64 *)(r9 + 64) = r0\n"
		 "r1 = 0\ncall get_netns_cookie\nr0 = 1\n*(u64 *)(r9 + 72) = r0\nr0 = 0\nexit\n",
		 (unsigned long long)(uintptr_t)&sk);
	init(&p, PROG_SYSCALL, text);
	vm_world_init(&w, NULL, NULL, 1);
	w.socks = &one;
	w.socks_n = 1;
	w.cgroup = cgroups;
	w.cgroups = 3;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- options ---- */

static int64_t my_sockopt(void *arg, const struct vm_sock *sk, uint32_t level, uint32_t name,
			  void *to, size_t max)
{
	(void)arg, (void)sk, (void)max;
	if (level != 1 || name != 8)
		return -ENOPROTOOPT;
	memcpy(to, "\x99\0\0", 4);
	return 4;
}

#define SET(at, level, name, n)                                                                    \
	"r1 = r6\nr2 = " level "\nr3 = " name "\nr4 = r10\nr4 += -8\nr5 = " n                      \
	"\ncall setsockopt\n*(u64 *)(r9 + " at ") = r0\n"
#define GET(at, level, name, n)                                                                    \
	"*(u64 *)(r10 - 16) = -1\nr1 = r6\nr2 = " level "\nr3 = " name                             \
	"\nr4 = r10\nr4 += -16\nr5 = " n "\ncall getsockopt\nr1 = *(u64 *)(r10 - 16)\n"            \
	"r0 <<= 32\nr1 <<= 32\nr1 >>= 32\nr0 |= r1\n*(u64 *)(r9 + " at ") = r0\n"

TEST(socket_options_are_kept)
{
	static const struct vm_outside outside = {.sockopt = my_sockopt};
	const int64_t want[] = {0,
				0,
				-EINVAL,
				-EINVAL,
				-EINVAL,
				77,
				0x99,
				(int64_t)((uint64_t)-ENOPROTOOPT << 32),
				(int64_t)((uint64_t)-EINVAL << 32),
				77};
	struct vm_sock sk = {.view = {.family = AF_INET, .protocol = UDP4, .state = VM_ESTABLISHED},
			     .cookie = 4};
	struct helper_text p;
	struct vm_world w;

	init(&p, PROG_SYSCALL,
	     "r6 = r1\nr9 = out ll\n*(u64 *)(r10 - 8) = 77\n" SET("0", "1", "36", "4")
		     SET("8", "0", "1", "4") SET("16", "1", "36", "8") SET("24", "1", "3", "4")
			     SET("32", "6", "1", "4") GET("40", "1", "36", "4")
				     GET("48", "1", "8", "4") GET("56", "1", "9", "4")
					     GET("64", "7", "1", "4")
						     GET("72", "0", "1", "4") "r0 = 0\nexit\n");
	vm_world_init(&w, &outside, NULL, 1);
	w.sk = &sk;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	if (!test_oom())
		CHECK_EQ(sk.view.mark, 77);
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- TCP options: op 15 writes, 14 reserves, 13 parses ---- */

#define OP(n)     "r1 = " n "\n*(u32 *)(r9 + 512) = r1\n"
#define OPT(word) "r1 = " word " ll\n*(u64 *)(r10 - 8) = r1\n"
#define HDR(at, helper, n)                                                                         \
	"r1 = r9\nr1 += 512\nr2 = r10\nr2 += -8\nr3 = " n "\nr4 = 0\ncall " helper                 \
	"\n*(u64 *)(r9 + " at ") = r0\n"

TEST(tcp_options_are_written)
{
	const int64_t want[] = {-EPERM,  0,       -EEXIST, -ENOSPC, -EINVAL, 4,
				-ENOMSG, -EINVAL, -EPERM,  0,       -ENOSPC};
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct vm_tcp_options o = {0};
	struct helper_text p;
	struct vm_world w;
	uint8_t area[40];
	size_t i, k;

	init(&p, PROG_SYSCALL,
	     "r9 = out ll\n" OP("13") OPT("0x2211041e") HDR("0", "store_hdr_opt", "8") OP("15") HDR(
		     "8", "store_hdr_opt", "8") HDR("16", "store_hdr_opt", "8") OPT("0x0533")
		     HDR("24", "store_hdr_opt", "8") OPT("0x0401") HDR("32", "store_hdr_opt", "8")
			     OP("13") OPT("0x1e") HDR("40", "load_hdr_opt", "8") OPT("0x55")
				     HDR("48", "load_hdr_opt", "8") OPT("0x02fd")
					     HDR("56", "load_hdr_opt",
						 "8") "r1 = r9\nr1 += 512\nr2 = 4\nr3 = 0\ncall "
						      "reserve_hdr_opt\n*(u64 *)(r9 + 64) = "
						      "r0\n" OP("14") "r1 = r9\nr1 += 512\nr2 = "
								      "2\nr3 = 0\ncall "
								      "reserve_hdr_opt\n*(u64 "
								      "*)(r9 + 72) = r0\n"
								      "r1 = r9\nr1 += 512\nr2 = "
								      "40\nr3 = 0\ncall "
								      "reserve_hdr_opt\n*(u64 "
								      "*)(r9 + 80) = r0\n"
								      "r0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	w.options = &o;

	for (i = 0; i < ARRAY_LEN(engines); i++) {
		struct helper_result *r = helper_result_new();
		int64_t got;

		o = (struct vm_tcp_options){.at = area, .room = 8};
		helper_run_ours(&p.c, engines[i], &w, r);
		if (r->err && !test_oom())
			FAIL("%d: %s", r->err, r->log.s);
		for (k = 0; k < ARRAY_LEN(want) && !test_oom(); k++) {
			memcpy(&got, r->out + 8 * k, 8);
			test_note("word %zu", k);
			CHECK_EQ(got, want[k]);
		}
		if (!test_oom()) {
			CHECK_EQ(o.len, 4);
			CHECK_MEM(area, "\x1e\x04\x11\x22", 4);
		}
		helper_result_free(r);
	}
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- SYN cookies of a listener ---- */

TEST(cookies_of_a_listener)
{
	const int64_t want[] = {1300, 0, -ENOENT, -EINVAL, -EINVAL, -EPROTONOSUPPORT};
	struct vm_sock sk = {.view = {.family = AF_INET, .protocol = TCP4, .state = VM_LISTEN},
			     .syn_flood = true};
	struct vm_sock *one = &sk;
	struct helper_text p;
	struct vm_world w;
	char text[4096];

	snprintf(text, sizeof(text),
		 "r6 = %llu ll\nr9 = out ll\nr8 = r9\nr8 += 512\nr1 = 0x45\n*(u8 *)(r8 + 0) = r1\n"
		 "r1 = 0x1234\n*(u32 *)(r8 + 12) = r1\nr7 = r8\nr7 += 40\nr1 = 0x70\n*(u8 *)(r7 + "
		 "12) = r1\n"
		 "r1 = 2\n*(u8 *)(r7 + 13) = r1\nr1 = 0x14050402\n*(u32 *)(r7 + 20) = r1\n"
		 "r1 = 0x1e0502\nr1 = 0x14050402\nr1 = 0x1e\nr1 = 5\n*(u8 *)(r7 + 22) = r1\n"
		 "r1 = 0x20\n*(u8 *)(r7 + 23) = r1\nr1 = 1\n*(u8 *)(r7 + 24) = r1\n*(u8 *)(r7 + "
		 "25) = r1\n"
		 "*(u8 *)(r7 + 26) = r1\n*(u8 *)(r7 + 27) = r1\n"
		 "r1 = r6\nr2 = r8\nr3 = 20\nr4 = r7\nr5 = 28\ncall tcp_gen_syncookie\n"
		 "r1 = r0\nr1 >>= 32\n*(u64 *)(r9 + 0) = r1\n"
		 "r0 <<= 32\nr0 >>= 32\nr0 += 1\nr0 = be32 r0\n*(u32 *)(r7 + 8) = r0\n"
		 "r1 = 0x01000000\n*(u32 *)(r7 + 4) = r1\nr1 = 0x10\n*(u8 *)(r7 + 13) = r1\n"
		 "r1 = r6\nr2 = r8\nr3 = 20\nr4 = r7\nr5 = 28\ncall tcp_check_syncookie\n*(u64 "
		 "*)(r9 + 8) = r0\n"
		 "r1 = 7\n*(u8 *)(r7 + 11) = r1\n*(u8 *)(r7 + 9) = r1\n"
		 "r1 = r6\nr2 = r8\nr3 = 20\nr4 = r7\nr5 = 28\ncall tcp_check_syncookie\n*(u64 "
		 "*)(r9 + 16) = r0\n"
		 "r1 = r6\nr2 = r8\nr3 = 20\nr4 = r7\nr5 = 28\ncall tcp_gen_syncookie\n*(u64 *)(r9 "
		 "+ 24) = r0\n"
		 "r1 = 0\nr2 = r8\nr3 = 20\nr4 = r7\nr5 = 28\ncall tcp_check_syncookie\n*(u64 "
		 "*)(r9 + 32) = r0\n"
		 "r1 = 0x55\n*(u8 *)(r8 + 0) = r1\n"
		 "r1 = r6\nr2 = r8\nr3 = 20\nr4 = r7\nr5 = 28\ncall tcp_check_syncookie\n*(u64 "
		 "*)(r9 + 40) = r0\n"
		 "r0 = 0\nexit\n",
		 (unsigned long long)(uintptr_t)&sk);
	init(&p, PROG_SYSCALL, text);
	vm_world_init(&w, NULL, NULL, 1);
	w.cookie_secret[1] = 77;
	w.socks = &one;
	w.socks_n = 1;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- messages ---- */

static const char messages[] =
	"r6 = %llu ll\nr9 = out ll\n"
	"r1 = r6\nr2 = 10\ncall msg_apply_bytes\n*(u64 *)(r9 + 0) = r0\n"
	"r1 = r6\nr2 = 20\ncall msg_cork_bytes\n*(u64 *)(r9 + 8) = r0\n"
	"r1 = r6\nr2 = 2\nr3 = 4\nr4 = 0\ncall msg_push_data\n*(u64 *)(r9 + 16) = r0\n"
	"r1 = *(u64 *)(r6 + 0)\nr2 = *(u64 *)(r1 + 0)\n*(u64 *)(r9 + 24) = r2\n"
	"r1 = *(u32 *)(r6 + 68)\n*(u64 *)(r9 + 32) = r1\n"
	"r1 = r6\nr2 = 1\nr3 = 6\nr4 = 0\ncall msg_pop_data\n*(u64 *)(r9 + 40) = r0\n"
	"r1 = *(u64 *)(r6 + 0)\nr2 = *(u32 *)(r1 + 0)\n*(u64 *)(r9 + 48) = r2\n"
	"r1 = r6\nr2 = 1\nr3 = 3\nr4 = 0\ncall msg_pull_data\n*(u64 *)(r9 + 56) = r0\n"
	"r1 = *(u64 *)(r6 + 0)\nr2 = *(u64 *)(r6 + 8)\nr2 -= r1\nr1 = *(u16 *)(r1 + 0)\nr2 <<= 16\n"
	"r2 |= r1\n*(u64 *)(r9 + 64) = r2\n"
	"r1 = r6\nr2 = 3\nr3 = 3\nr4 = 0\ncall msg_pull_data\n*(u64 *)(r9 + 72) = r0\n"
	"r1 = r6\nr2 = 0\nr3 = 99\nr4 = 0\ncall msg_pull_data\n*(u64 *)(r9 + 80) = r0\n"
	"r1 = r6\nr2 = 99\nr3 = 1\nr4 = 0\ncall msg_push_data\n*(u64 *)(r9 + 88) = r0\n"
	"r1 = r6\nr2 = 0\nr3 = 99\nr4 = 0\ncall msg_pop_data\n*(u64 *)(r9 + 96) = r0\n"
	"r1 = r6\nr2 = 0\nr3 = 1\nr4 = 1\ncall msg_pop_data\n*(u64 *)(r9 + 104) = r0\n"
	"r1 = r6\nr2 = 0\nr3 = 0\nr4 = 0\ncall msg_pop_data\n*(u64 *)(r9 + 112) = r0\nr0 = "
	"0\nexit\n";

TEST(messages_are_cut)
{
	/* "abcdefgh", then "ab\0\0\0\0cdefgh", "adefgh" without what stood at 1, "de" of it */
	const int64_t want[] = {0,       0,       0,          0x6463000000006261,
				12,      0,       0x66656461, 0,
				0x26564, -EINVAL, -EINVAL,    -EINVAL,
				-EINVAL, -EINVAL, 0};
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct vm_msg m = {0};
	struct helper_text p;
	struct vm_world w;
	char text[4096];
	size_t i, k;

	snprintf(text, sizeof(text), messages, (unsigned long long)(uintptr_t)&m.view);
	init(&p, PROG_SYSCALL, text);
	vm_world_init(&w, NULL, NULL, 1);
	w.msg = &m;
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		struct helper_result *r = helper_result_new();
		int64_t got;

		if (vm_msg_init(&m) || vm_msg_set(&m, "abcdefgh", 8, NULL)) {
			CHECK(test_oom());
			helper_result_free(r);
			continue;
		}
		helper_run_ours(&p.c, engines[i], &w, r);
		if (r->err && !test_oom())
			FAIL("%d: %s", r->err, r->log.s);
		for (k = 0; k < ARRAY_LEN(want) && !test_oom(); k++) {
			memcpy(&got, r->out + 8 * k, 8);
			test_note("word %zu", k);
			CHECK_EQ(got, want[k]);
		}
		if (!test_oom()) {
			CHECK_EQ(m.apply, 10);
			CHECK_EQ(m.cork, 20);
		}
		vm_msg_done(&m);
		helper_result_free(r);
	}
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- maps of sockets: `set` is an index into the world's table ---- */

static struct vm_sock in_maps[] = {
	{.view = {.family = AF_INET, .protocol = TCP4, .state = VM_ESTABLISHED},
	 .reuseport_id = 1,
	 .fd = 0},
	{.view = {.family = AF_INET, .protocol = TCP4, .state = VM_LISTEN},
	 .reuseport_id = 1,
	 .fd = 1},
	{.view = {.family = AF_INET, .protocol = UDP4, .state = VM_ESTABLISHED},
	 .reuseport_id = 2,
	 .fd = 2},
	{.view = {.family = AF_INET6, .protocol = TCP4, .state = VM_LISTEN},
	 .reuseport_id = 3,
	 .fd = 3},
};
static struct vm_sock *const map_table[] = {&in_maps[0], &in_maps[1], &in_maps[2], &in_maps[3]};

static void map_world(struct vm_world *w)
{
	vm_world_init(w, NULL, NULL, 1);
	w->socks = map_table;
	w->socks_n = ARRAY_LEN(map_table);
	w->sk = &in_maps[0];
}

static void add_map(struct helper_text *p, const char *name, uint32_t type)
{
	struct helper_map *m = &p->c.map[p->c.maps++];
	uint32_t i;

	*m = (struct helper_map){
		.type = type, .key_size = 4, .value_size = 4, .max_entries = 8, .sets = 4};
	memcpy(m->name, name, strlen(name) + 1);
	for (i = 0; i < 4; i++)
		m->set[i].key = m->set[i].value = i;
}

#define PUT(at) "*(u64 *)(r9 + " at ") = r0\n"
#define SKB(at, key, flags)                                                                        \
	"r1 = r6\nr2 = s ll\nr3 = " key "\nr4 = " flags "\ncall sk_redirect_map\n" PUT(at)
#define MSG(at, key, flags)                                                                        \
	"*(u32 *)(r10 - 4) = " key "\nr1 = r8\nr2 = h ll\nr3 = r10\nr3 += -4\nr4 = " flags         \
	"\ncall msg_redirect_hash\n" PUT(at)

TEST(packets_and_messages_go_to_sockets)
{
	const int64_t want[] = {1, 0, 1, 0, 0, 1, 0, 0, 1};
	struct helper_text p;
	struct vm_msg m = {0};
	struct vm_world w;
	char text[4096];

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_CLS);
	p.c.data = packet;
	p.c.data_n = sizeof(packet);
	add_map(&p, "s", MAP_TYPE_SOCKMAP);
	add_map(&p, "h", MAP_TYPE_SOCKHASH);
	snprintf(text, sizeof(text),
		 "r6 = r1\nr8 = %llu ll\nr9 = out ll\n" SKB("0", "0", "0") SKB("8", "1", "0")
			 SKB("16", "2", "1") SKB("24", "5", "0") SKB("32", "0", "2")
				 MSG("40", "0", "0") MSG("48", "2", "0") MSG("56", "1", "0")
					 MSG("64", "2", "1") "r0 = 0\nexit\n",
		 (unsigned long long)(uintptr_t)&m.view);
	helper_text_set(&p, text);
	map_world(&w);
	w.msg = &m;
	if (!vm_msg_init(&m) && !vm_msg_set(&m, "x", 1, NULL))
		helper_text_check(&p, &w, want, ARRAY_LEN(want));
	vm_msg_done(&m);
	helper_text_done(&p);
	vm_world_done(&w);
}

TEST(one_of_a_group_is_selected)
{
	const int64_t want[] = {0, 0, -EPROTOTYPE, -EAFNOSUPPORT, -ENOENT};
	struct helper_text p;
	struct vm_world w;

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	add_map(&p, "a", MAP_TYPE_REUSEPORT_SOCKARRAY);
#define SELECT(at, key)                                                                            \
	"*(u32 *)(r10 - 4) = " key "\nr1 = 0\nr2 = a ll\nr3 = r10\nr3 += -4\nr4 = 0\n"             \
	"call sk_select_reuseport\n" PUT(at)
	helper_text_set(&p, "r9 = out ll\n" SELECT("0", "0") SELECT("8", "1") SELECT("16", "2")
				    SELECT("24", "3") SELECT("32", "7") "r0 = 0\nexit\n");
	map_world(&w);
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

TEST(connections_are_assigned)
{
	const struct vm_sock_lookup l = {AF_INET, TCP4};
	const int64_t want[] = {-ESOCKTNOSUPPORT, 0, -EEXIST, 0, -ESOCKTNOSUPPORT, -EINVAL, 0};
	struct helper_text p;
	struct vm_world w;
	char text[2048];

#define ASSIGN(at, sk, flags) "r1 = 0\nr2 = " sk "\nr3 = " flags "\ncall sk_assign\n" PUT(at)
	snprintf(text, sizeof(text),
		 "r6 = %llu ll\nr7 = %llu ll\nr8 = %llu ll\nr9 = out ll\n" ASSIGN("0", "r6", "0")
			 ASSIGN("8", "r7", "0") ASSIGN("16", "r7", "0") ASSIGN("24", "r7", "1")
				 ASSIGN("32", "r8", "1") ASSIGN("40", "r7", "4")
					 ASSIGN("48", "0", "1") "r0 = 0\nexit\n",
		 (unsigned long long)(uintptr_t)&in_maps[0],
		 (unsigned long long)(uintptr_t)&in_maps[1],
		 (unsigned long long)(uintptr_t)&in_maps[2]);
	init(&p, PROG_SYSCALL, text);
	map_world(&w);
	w.lookup = &l;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

TEST(a_socket_goes_into_a_map)
{
	const int64_t want[] = {-EOPNOTSUPP, 0, -EEXIST, 0};
	struct helper_text p;
	struct vm_world w;

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	add_map(&p, "s", MAP_TYPE_SOCKMAP);
	add_map(&p, "h", MAP_TYPE_SOCKHASH);
	p.c.map[1].sets = 0;
#define UPDATE(at, map, helper, flags)                                                             \
	"*(u32 *)(r10 - 4) = 6\nr1 = r9\nr1 += 512\nr2 = " map                                     \
	" ll\nr3 = r10\nr3 += -4\nr4 = " flags "\ncall " helper "\n" PUT(at)
	helper_text_set(&p, "r9 = out ll\n" UPDATE("0", "s", "sock_map_update", "0") OP("5")
				    UPDATE("8", "s", "sock_map_update", "0")
					    UPDATE("16", "s", "sock_map_update", "1")
						    UPDATE("24", "h", "sock_hash_update",
							   "0") "r0 = 0\nexit\n");
	map_world(&w);
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}
