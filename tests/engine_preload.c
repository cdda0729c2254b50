/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Debian's bpftool over libskep-preload.so prints what it prints over the kernel: the same batch of
 * commands to both, and numbers that must differ (ids, times, sizes in memory) taken out.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#if !TEST_SANITIZED /* a library that is sanitized does not go under others */

static const char program[] =
	"#include <linux/bpf.h>\n"
	"#include <bpf/bpf_helpers.h>\n"
	"struct pair { int a; long b; char name[4]; };\n"
	"struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, int);\n"
	"	__type(value, struct pair); } pairs SEC(\".maps\");\n"
	"struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, int);\n"
	"	__type(value, long); } each SEC(\".maps\");\n"
	"int total = 5;\n"
	"SEC(\"xdp\") int count(struct xdp_md *x)\n"
	"{\n"
	"	__sync_fetch_and_add(&total, 2);\n"
	"	return total > 6 ? XDP_PASS : XDP_DROP;\n"
	"}\n"
	"char LICENSE[] SEC(\"license\") = \"Dual BSD/GPL\";\n";

/* %1$s: the folder of pins, %2$s: of files */
static const char commands[] =
	"prog load %2$s/x.o %1$s/prog pinmaps %1$s/maps\n"
	"prog show pinned %1$s/prog\n"
	"prog show name count\n"
	"prog dump xlated pinned %1$s/prog\n"
	"prog run pinned %1$s/prog data_in %2$s/data data_out - repeat 3\n"
	"prog run pinned %1$s/prog data_in %2$s/data repeat 1\n"
	"map show pinned %1$s/maps/pairs\n"
	"map show name x.data\n"
	"map update pinned %1$s/maps/pairs key 7 0 0 0 value 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0 97 98 0 0 0 0 0 0\n"
	"map update pinned %1$s/maps/pairs key 7 0 0 0 value 3 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0 97 98 0 0 0 0 0 0 exist\n"
	"map lookup pinned %1$s/maps/pairs key 7 0 0 0\n"
	"map getnext pinned %1$s/maps/pairs\n"
	"map dump pinned %1$s/maps/pairs\n"
	"map dump pinned %1$s/maps/each\n"
	"map dump name x.data\n"
	"map delete pinned %1$s/maps/pairs key 7 0 0 0\n"
	"map dump pinned %1$s/maps/pairs\n"
	"map create %1$s/plain type hash key 4 value 8 entries 4 name plain flags 1\n"
	"map update pinned %1$s/plain key 1 0 0 0 value 2 0 0 0 0 0 0 0\n"
	"map dump pinned %1$s/plain\n"
	"map freeze pinned %1$s/plain\n"
	"map show pinned %1$s/plain\n"
	"map create %1$s/queue type queue key 0 value 4 entries 3 name queue\n"
	"map enqueue pinned %1$s/queue value 1 0 0 0\n"
	"map peek pinned %1$s/queue\n"
	"map dequeue pinned %1$s/queue\n"
	"btf dump prog pinned %1$s/prog\n"
	"btf dump map pinned %1$s/maps/pairs value\n"
	"btf dump map pinned %1$s/maps/each kv\n";

/* Words whose number says nothing, and what begins a line as "12: ". */
static bool hides_number(const char *line, size_t at)
{
	static const char *const words[] = {
		"memlock ",	    "btf_id ",		"map_ids ",	   "jited ",
		"loaded_at ",	    "(average): ",	"duration: ",	   "map[id:",
		"\"id\": ",	    "\"loaded_at\": ",	"\"bytes_jited\": ", "\"bytes_memlock\": ",
		"\"map_ids\": [", "\"btf_id\": ",	"\"duration\": ",
	};
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		n = strlen(words[i]);
		if (at >= n && !strncmp(line + at - n, words[i], n))
			return true;
	}
	return false;
}

static void normalize(const char *text, struct str *s)
{
	const char *line = text, *end, *p;

	for (; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		p = line;
		while (isdigit((unsigned char)*p))
			p++;
		if (p > line && p[0] == ':' && p[1] == ' ' && isalpha((unsigned char)p[2]))
			str_add(s, "N");
		else
			p = line;
		while (p < end) {
			if (!hides_number(line, (size_t)(p - line))) {
				str_addc(s, *p++);
				continue;
			}
			str_addc(s, 'N');
			while (p < end && (isalnum((unsigned char)*p) || strchr("-+:,", *p)))
				p++;
		}
		str_addc(s, '\n');
	}
}

static void write_file(const char *dir, const char *name, const void *data, size_t n)
{
	struct str path;

	str_init(&path, 4096);
	str_addf(&path, "%s/%s", dir, name);
	CHECK_EQ(file_write(path.s, data, n, NULL), 0);
	str_done(&path);
}

static int run(const char *const *argv, struct str *out)
{
	struct str err;
	int status;

	str_init(&err, 1 << 20);
	status = test_spawn(argv, NULL, 0, out, &err);
	str_add(out, err.s);
	str_done(&err);
	return status;
}

static const char *preload_path(struct str *s)
{
	const char *skep = test_skep();

	str_addf(s, "%.*s/libskep-preload.so", (int)(strrchr(skep, '/') - skep), skep);
	return s->s;
}

static void compile(const char *dir, const char *text)
{
	struct str c, o, out;

	str_init(&c, 4096);
	str_init(&o, 4096);
	str_init(&out, 1 << 16);
	str_addf(&c, "%s/x.c", dir);
	str_addf(&o, "%s/x.o", dir);
	write_file(dir, "x.c", text, strlen(text));
	const char *argv[] = {"clang", "-target", "bpf", "-O2", "-g", "-I/usr/include/x86_64-linux-gnu",
			      "-c", c.s, "-o", o.s, NULL};
	if (run(argv, &out))
		FAIL("clang: %s", out.s);
	str_done(&c);
	str_done(&o);
	str_done(&out);
}

struct place {
	char files[32], pins[64];
	struct str lib, batch;
};

static void need(struct place *p)
{
	const char *why = test_bpf_missing();

	if (why)
		SKIP("%s", why);
	if (!test_have_command("clang") || !test_have_command("bpftool"))
		SKIP("there is no clang, or no bpftool");
	str_init(&p->lib, 4096);
	str_init(&p->batch, 1 << 16);
	if (access(preload_path(&p->lib), R_OK))
		SKIP("%s is not built", p->lib.s);
}

static void open_place(struct place *p, const char *text)
{
	uint8_t data[64] = {1, 2, 3};

	memcpy(p->files, "/tmp/skep-preload-XXXXXX", 25);
	CHECK(mkdtemp(p->files));
	snprintf(p->pins, sizeof(p->pins), "%s/bpf", p->files);
	CHECK_EQ(mkdir(p->pins, 0700), 0);
	compile(p->files, text);
	write_file(p->files, "data", data, sizeof(data));
}

static void close_place(struct place *p)
{
	const char *const argv[] = {"rm", "-rf", p->files, NULL};
	struct str out;

	str_init(&out, 4096);
	CHECK_EQ(run(argv, &out), 0);
	str_done(&out);
	str_done(&p->lib);
	str_done(&p->batch);
}

static void compare(struct place *p, const char *option)
{
	struct str path, set, root, got[2], text[2];
	int i, status[2];

	str_init(&path, 4096);
	str_init(&set, 4096);
	str_init(&root, 4096);
	str_addf(&path, "%s/batch", p->files);
	str_addf(&set, "LD_PRELOAD=%s", p->lib.s);
	str_addf(&root, "SKEP_PIN_ROOT=%s", p->pins);
	write_file(p->files, "batch", p->batch.s, p->batch.n);
	const char *const ours[] = {"env", set.s, root.s, "SKEP_TRUST=1", "bpftool", option,
				    "batch", "file", path.s, NULL};
	const char *const kernel[] = {"bpftool", option, "batch", "file", path.s, NULL};

	for (i = 0; i < 2; i++) {
		str_init(&got[i], 1 << 20);
		str_init(&text[i], 1 << 20);
	}
	if (mount("bpf", p->pins, "bpf", 0, NULL))
		SKIP("no bpffs can be mounted");
	status[0] = run(kernel, &got[0]);
	CHECK_EQ(umount2(p->pins, MNT_DETACH), 0);
	status[1] = run(ours, &got[1]);
	for (i = 0; i < 2; i++) {
		if (status[i])
			FAIL("%s: %s", i ? "ours" : "kernel", got[i].s);
		normalize(got[i].s, &text[i]);
	}
	CHECK(text[0].n > 1000);
	CHECK_STR(text[1].s, text[0].s);
	for (i = 0; i < 2; i++) {
		str_done(&got[i]);
		str_done(&text[i]);
	}
	str_done(&path);
	str_done(&set);
	str_done(&root);
}

TEST_WITH(bpftool_prints_the_same, TEST_NO_OOM | TEST_ALONE)
{
	struct place p;

	need(&p);
	open_place(&p, program);
	str_addf(&p.batch, commands, p.pins, p.files);
	compare(&p, "-p");
	compare(&p, "-l"); /* text: this one changes nothing here */
	close_place(&p);
}

/* ---- a program that stands on libbpf ---- */

static const char ring[] =
	"#include <linux/bpf.h>\n"
	"#include <bpf/bpf_helpers.h>\n"
	"struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(\".maps\");\n"
	"int seen;\n"
	"SEC(\"xdp\") int send(struct xdp_md *x)\n"
	"{\n"
	"	long v = 41 + ++seen;\n"
	"	bpf_ringbuf_output(&events, &v, sizeof(v), 0);\n"
	"	return 2;\n"
	"}\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n";

static const char reader[] =
	"#include <stdio.h>\n"
	"#include <sys/mman.h>\n"
	"#include <unistd.h>\n"
	"#include <bpf/libbpf.h>\n"
	"#include <bpf/bpf.h>\n"
	"static int got(void *ctx, void *data, size_t n) { printf(\"%zu bytes: %ld\\n\", n, *(long *)data); return 0; }\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	struct bpf_object *o = bpf_object__open(argv[1]);\n"
	"	char data[64] = {0};\n"
	"	LIBBPF_OPTS(bpf_test_run_opts, r, .data_in = data, .data_size_in = sizeof(data), .repeat = 2);\n"
	"	struct ring_buffer *rb;\n"
	"	int *seen, fd, i, copy;\n"
	"	if (!o || bpf_object__load(o)) return 1;\n"
	"	fd = bpf_program__fd(bpf_object__find_program_by_name(o, \"send\"));\n"
	"	copy = dup(bpf_object__find_map_fd_by_name(o, \"events\"));\n"
	"	rb = ring_buffer__new(copy, got, NULL, NULL);\n"
	"	seen = mmap(NULL, 4096, PROT_READ, MAP_SHARED, bpf_map__fd(bpf_object__find_map_by_name(o, \".bss\")), 0);\n"
	"	if (!rb || seen == MAP_FAILED) return 2;\n"
	"	for (i = 0; i < 3; i++) {\n"
	"		printf(\"none: %d\\n\", ring_buffer__poll(rb, 0));\n"
	"		if (bpf_prog_test_run_opts(fd, &r)) return 3;\n"
	"		printf(\"seen: %d\\n\", *seen);\n"
	"		printf(\"some: %d\\n\", ring_buffer__poll(rb, 1000));\n"
	"	}\n"
	"	ring_buffer__free(rb);\n"
	"	bpf_object__close(o);\n"
	"	return munmap(seen, 4096);\n"
	"}\n";

TEST_WITH(a_program_of_libbpf_reads_rings_and_memory, TEST_NO_OOM)
{
	struct str c, bin, o, set, out[2];
	struct place p;
	int i;

	need(&p);
	if (access("/usr/include/bpf/libbpf.h", R_OK))
		SKIP("there is no libbpf to compile with");
	open_place(&p, ring);
	str_init(&c, 4096);
	str_init(&bin, 4096);
	str_init(&o, 4096);
	str_init(&set, 4096);
	str_addf(&c, "%s/reader.c", p.files);
	str_addf(&bin, "%s/reader", p.files);
	str_addf(&o, "%s/x.o", p.files);
	str_addf(&set, "LD_PRELOAD=%s", p.lib.s);
	write_file(p.files, "reader.c", reader, sizeof(reader) - 1);
	for (i = 0; i < 2; i++)
		str_init(&out[i], 1 << 16);
	const char *const cc[] = {"cc", "-o", bin.s, c.s, "-lbpf", NULL};
	const char *const kernel[] = {bin.s, o.s, NULL};
	const char *const ours[] = {"env", set.s, bin.s, o.s, NULL};

	if (run(cc, &out[0]))
		FAIL("cc: %s", out[0].s);
	str_reset(&out[0]);
	CHECK_EQ(run(kernel, &out[0]), 0);
	CHECK_EQ(run(ours, &out[1]), 0);
	CHECK(strstr(out[0].s, "seen: 6"));
	CHECK_STR(out[1].s, out[0].s);
	for (i = 0; i < 2; i++)
		str_done(&out[i]);
	str_done(&c);
	str_done(&bin);
	str_done(&o);
	str_done(&set);
	close_place(&p);
}

#endif
