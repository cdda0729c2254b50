/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Captures in and out: what is written is read again, by us and by tcpdump; what is cut off is told. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/source.h"
#include "test.h"

static void temp_path(char *path, size_t n)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	snprintf(path, n, "%s/skep-capture-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(path);
	CHECK(fd >= 0);
	close(fd);
}

static void put_file(char *path, size_t room, const void *bytes, size_t n)
{
	FILE *f;

	temp_path(path, room);
	f = fopen(path, "w");
	CHECK(f && fwrite(bytes, 1, n, f) == n);
	CHECK(!fclose(f));
}

static const uint8_t first[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0, 0x45};
static const uint8_t second[] = {0xff};
static const struct source_packet packets[] = {
	{first, sizeof(first), 60, SOURCE_ETHERNET, 0, UINT64_C(1700000000123456789)},
	{second, sizeof(second), 1, SOURCE_ETHERNET, 0, 999999999},
	{second, 0, 0, SOURCE_ETHERNET, 0, 0},
};

static void write_packets(const char *path, enum source_format format, const struct source_packet *p,
			  size_t n)
{
	struct source_writer *w = NULL;
	size_t i;

	CHECK_EQ(source_writer_open(path, format, NULL, &w), 0);
	for (i = 0; i < n; i++)
		CHECK_EQ(source_writer_put(w, p + i, i ? NULL : "the first"), 0);
	CHECK_EQ(source_writer_close(w), 0);
}

static void check_packets(const char *path, const struct source_packet *want, size_t n)
{
	struct source_capture *c = NULL;
	struct source_packet got;
	size_t i;

	CHECK_EQ(source_capture_open(path, NULL, &c), 0);
	for (i = 0; i < n; i++) {
		CHECK_EQ(source_capture_next(c, NULL, &got), 1);
		CHECK_EQ(got.len, want[i].len);
		CHECK_MEM(got.data, want[i].data, want[i].len);
		CHECK_EQ(got.wire_len, want[i].wire_len);
		CHECK_EQ(got.link, want[i].link);
		CHECK_EQ(got.interface, want[i].interface);
		CHECK_EQ(got.ns, want[i].ns);
	}
	CHECK_EQ(source_capture_next(c, NULL, &got), 0);
	source_capture_close(c);
}

TEST_WITH(written_and_read, TEST_NO_OOM)
{
	char path[256];

	temp_path(path, sizeof(path));
	write_packets(path, SOURCE_PCAP, packets, ARRAY_LEN(packets));
	check_packets(path, packets, ARRAY_LEN(packets));
	write_packets(path, SOURCE_PCAPNG, packets, ARRAY_LEN(packets));
	check_packets(path, packets, ARRAY_LEN(packets));
	write_packets(path, SOURCE_PCAP, NULL, 0);
	check_packets(path, NULL, 0);
	write_packets(path, SOURCE_PCAPNG, NULL, 0);
	check_packets(path, NULL, 0);
	unlink(path);
}

TEST_WITH(two_kinds_of_link, TEST_NO_OOM)
{
	const struct source_packet two[] = {
		{first, sizeof(first), sizeof(first), SOURCE_RAW_IP, 0, 5},
		{second, sizeof(second), 1, SOURCE_ETHERNET, 1, 6},
		{first, 3, 3, SOURCE_RAW_IP, 0, 7},
	};
	struct source_writer *w = NULL;
	char path[256];

	temp_path(path, sizeof(path));
	write_packets(path, SOURCE_PCAPNG, two, ARRAY_LEN(two));
	check_packets(path, two, ARRAY_LEN(two));
	CHECK_EQ(source_writer_open(path, SOURCE_PCAP, NULL, &w), 0);
	CHECK_EQ(source_writer_put(w, two, NULL), 0);
	CHECK_EQ(source_writer_put(w, two + 1, NULL), -EPROTOTYPE);
	CHECK_EQ(source_writer_close(w), 0);
	unlink(path);
}

/* The other byte order, microseconds, and the simple forms of packets. */
TEST_WITH(as_others_write_them, TEST_NO_OOM)
{
	static const uint8_t big_pcap[] = {
		0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 101,
		0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 7, 0xff,
	};
	static const uint8_t big_blocks[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,
		255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 28,
		/* an interface that keeps one byte and ticks 2^-1 seconds, from second 16 on */
		0, 0, 0, 1, 0, 0, 0, 44, 0, 101, 0, 0, 0, 0, 0, 1, 0, 9, 0, 1, 0x81, 0, 0, 0,
		0, 14, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 44,
		0, 0, 0, 99, 0, 0, 0, 12, 0, 0, 0, 12, /* nobody knows that one */
		0, 0, 0, 3, 0, 0, 0, 20, 0, 0, 0, 7, 0xff, 0, 0, 0, 0, 0, 0, 20, /* simple */
		0, 0, 0, 2, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, /* as it was once */
		0, 0, 0, 1, 0, 0, 0, 7, 0xff, 0, 0, 0, 0, 0, 0, 36,
	};
	const struct source_packet pcap = {second, 1, 7, SOURCE_RAW_IP, 0, UINT64_C(2000003000)};
	const struct source_packet blocks[] = {
		{second, 1, 7, SOURCE_RAW_IP, 0, UINT64_C(16000000000)},
		{second, 1, 7, SOURCE_RAW_IP, 0, UINT64_C(17500000000)},
	};
	char path[256];

	put_file(path, sizeof(path), big_pcap, sizeof(big_pcap));
	check_packets(path, &pcap, 1);
	unlink(path);
	put_file(path, sizeof(path), big_blocks, sizeof(big_blocks));
	check_packets(path, blocks, 2);
	unlink(path);
}

/* Cut off at any byte: packets, then a report or a clean end; never more than there are. */
static void cut_everywhere(enum source_format format)
{
	char path[256], cut[256];
	struct source_capture *c;
	struct source_packet got;
	struct file whole;
	struct diag d;
	size_t n, seen;
	int r;

	temp_path(path, sizeof(path));
	write_packets(path, format, packets, ARRAY_LEN(packets));
	CHECK_EQ(file_read(path, 1 << 20, NULL, &whole), 0);
	for (n = 0; n < whole.size; n++) {
		diag_init(&d, 10);
		put_file(cut, sizeof(cut), whole.data, n);
		r = source_capture_open(cut, &d, &c);
		for (seen = 0; r >= 0 && (seen == 0 || r); seen++) {
			r = source_capture_next(c, &d, &got);
			if (r <= 0) {
				source_capture_close(c);
				break;
			}
		}
		CHECK(seen <= ARRAY_LEN(packets));
		CHECK(r == 0 || diag_failed(&d));
		CHECK(r < 0 || n >= 24);
		diag_done(&d);
		unlink(cut);
	}
	file_done(&whole);
	unlink(path);
}

TEST_WITH(cut_off_anywhere, TEST_NO_OOM)
{
	cut_everywhere(SOURCE_PCAP);
	cut_everywhere(SOURCE_PCAPNG);
}

TEST_WITH(tcpdump_reads_it, TEST_NO_OOM)
{
	const char *argv[] = {"tcpdump", "-tt", "-n", "-e", "-r", NULL, NULL};
	struct str out, err;
	char path[256];

	if (!test_have_command("tcpdump"))
		SKIP("tcpdump is not installed");
	temp_path(path, sizeof(path));
	argv[5] = path;
	write_packets(path, SOURCE_PCAPNG, packets, 1);
	str_init(&out, 1 << 16);
	str_init(&err, 1 << 16);
	CHECK_EQ(test_spawn(argv, NULL, 0, &out, &err), 0);
	CHECK(strstr(out.s, "1700000000.123456"));
	CHECK(strstr(out.s, "07:08:09:0a:0b:0c"));
	str_done(&out);
	str_done(&err);
	unlink(path);
}
