/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Symbols, probes and build ids against nm and readelf; damaged files; the kernel's symbols. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sym/sym.h"
#include "test.h"

enum { OUTPUT_MAX = 64 << 20 };

static void libc_path(struct str *s)
{
	CHECK_EQ(sym_find_file("libc", NULL, s), 0);
}

static void spawn(const char *const *argv, struct str *out)
{
	struct str err;

	str_init(out, OUTPUT_MAX);
	str_init(&err, OUTPUT_MAX);
	CHECK_EQ(test_spawn(argv, NULL, 0, out, &err), 0);
	str_done(&err);
}

/* Each function of libc that new programs are linked with is where nm says, by name and by address. */
TEST_WITH(nm_says_the_same, TEST_NO_OOM)
{
	const char *argv[] = {"nm", "-D", "--defined-only", NULL, NULL};
	struct sym_symbol s, at;
	struct sym_elf *e = NULL;
	unsigned long long addr;
	struct str path, out;
	char type, name[256];
	size_t seen = 0;
	char *line, *next;

	if (!test_have_command("nm"))
		SKIP("nm is not installed");
	str_init(&path, 4096);
	libc_path(&path);
	argv[3] = path.s;
	spawn(argv, &out);
	CHECK_EQ(sym_elf_open(path.s, NULL, &e), 0);
	for (line = out.s; *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (sscanf(line, "%llx %c %255s", &addr, &type, name) != 3 || (type != 'T' && type != 'W'))
			continue;
		if (!strstr(name, "@@"))
			continue;
		*strstr(name, "@@") = 0;
		if (!sym_elf_find(e, name, &s)) /* of no type: not a function */
			continue;
		CHECK_EQ(s.addr, addr);
		CHECK(sym_elf_at(e, addr, &at));
		CHECK_EQ(at.addr, addr);
		if (at.size > 1) {
			CHECK(sym_elf_at(e, addr + at.size - 1, &at));
			CHECK_EQ(at.addr, addr);
		}
		seen++;
	}
	test_note("%zu functions", seen);
	CHECK(seen > 1000);
	sym_elf_close(e);
	str_done(&out);
	str_done(&path);
}

static int count(void *n, const struct sym_symbol *s)
{
	CHECK(s->func && str_has_prefix(s->name, "pthread_mutex_"));
	++*(size_t *)n;
	return 0;
}

static int stop_at_once(void *ctx, const struct sym_symbol *s)
{
	(void)ctx, (void)s;
	return 7;
}

TEST_WITH(patterns, TEST_NO_OOM)
{
	struct sym_elf *e = NULL;
	struct str path;
	size_t n = 0;

	str_init(&path, 4096);
	libc_path(&path);
	CHECK_EQ(sym_elf_open(path.s, NULL, &e), 0);
	CHECK_EQ(sym_elf_match(e, "pthread_mutex_*", count, &n), 0);
	CHECK(n >= 5);
	CHECK_EQ(sym_elf_match(e, "*", stop_at_once, NULL), 7);
	CHECK_EQ(sym_elf_match(e, "no_such_*", stop_at_once, NULL), 0);
	sym_elf_close(e);
	str_done(&path);
	CHECK(sym_glob("*", "", 0));
	CHECK(sym_glob("a*b?d", "axxbxbcd", 8));
	CHECK(!sym_glob("a*b?d", "axxbxd_", 7));
	CHECK(!sym_glob("", "a", 1));
	CHECK(!sym_glob("ab", "abc", 3));
}

/* An address of this process, through its file offset, is what dladdr calls it. */
TEST_WITH(offsets, TEST_NO_OOM)
{
	struct sym_symbol s;
	struct sym_elf *e = NULL;
	uint64_t offset, addr;
	struct str path;

	str_init(&path, 4096);
	libc_path(&path);
	CHECK_EQ(sym_elf_open(path.s, NULL, &e), 0);
	CHECK(sym_elf_find(e, "getenv", &s));
	CHECK(sym_elf_offset(e, s.addr, &offset));
	CHECK(sym_elf_addr(e, offset, &addr));
	CHECK_EQ(addr, s.addr);
	CHECK(!sym_elf_offset(e, UINT64_C(1) << 60, &offset));
	CHECK(!sym_elf_find(e, "no_such_function", &s));
	sym_elf_close(e);
	str_done(&path);
}

TEST_WITH(build_id, TEST_NO_OOM)
{
	const char *argv[] = {"readelf", "-nW", NULL, NULL};
	struct sym_elf *e = NULL;
	struct str path, out, id;
	const uint8_t *bytes;
	size_t n, i;

	if (!test_have_command("readelf"))
		SKIP("readelf is not installed");
	str_init(&path, 4096);
	str_init(&id, 4096);
	libc_path(&path);
	argv[2] = path.s;
	spawn(argv, &out);
	CHECK_EQ(sym_elf_open(path.s, NULL, &e), 0);
	bytes = sym_elf_build_id(e, &n);
	CHECK(bytes && n == 20);
	for (i = 0; i < n; i++)
		str_addf(&id, "%02x", bytes[i]);
	CHECK(strstr(out.s, id.s));
	sym_elf_close(e);
	str_done(&id);
	str_done(&out);
	str_done(&path);
}

/* The probes that readelf lists, one after the other. */
struct probes {
	const char *at;
	size_t n;
};

static int compare_probe(void *ctx, const struct sym_usdt *u)
{
	struct probes *p = ctx;
	unsigned long long addr;
	char text[256];

	p->at = strstr(p->at, "    Provider: ");
	CHECK(p->at);
	snprintf(text, sizeof(text), "    Provider: %s\n", u->provider);
	CHECK(str_has_prefix(p->at, text));
	p->at = strstr(p->at, "    Name: ");
	snprintf(text, sizeof(text), "    Name: %s\n", u->name);
	CHECK(p->at && str_has_prefix(p->at, text));
	p->at = strstr(p->at, "    Location: ");
	CHECK(p->at && sscanf(p->at, "    Location: 0x%llx", &addr) == 1);
	CHECK_EQ(u->addr, addr);
	p->at = strstr(p->at, "    Arguments: ");
	snprintf(text, sizeof(text), "    Arguments: %s\n", u->args);
	CHECK(p->at && str_has_prefix(p->at, text));
	p->n++;
	return 0;
}

TEST_WITH(readelf_lists_the_same_probes, TEST_NO_OOM)
{
	const char *argv[] = {"readelf", "-nW", NULL, NULL};
	struct probes p = {0};
	struct sym_elf *e = NULL;
	struct str path, out;

	if (!test_have_command("readelf"))
		SKIP("readelf is not installed");
	str_init(&path, 4096);
	if (sym_find_file("libstdc++", NULL, &path))
		SKIP("there is no libstdc++, which has probes");
	argv[2] = path.s;
	spawn(argv, &out);
	CHECK_EQ(sym_elf_open(path.s, NULL, &e), 0);
	p.at = out.s;
	CHECK_EQ(sym_usdt_match(e, NULL, NULL, compare_probe, &p), 0);
	test_note("%zu probes", p.n);
	CHECK(p.n > 0 && !strstr(p.at, "    Provider: "));
	sym_elf_close(e);
	str_done(&out);
	str_done(&path);
}

static int touch(void *ctx, const struct sym_symbol *s)
{
	*(size_t *)ctx += strlen(s->name);
	return 0;
}

static int touch_probe(void *ctx, const struct sym_usdt *u)
{
	*(size_t *)ctx += strlen(u->args);
	return 0;
}

/* Bytes of headers turned over, files cut off: an error or fewer symbols, never more than there is. */
TEST_WITH(damaged, TEST_NO_OOM | TEST_SLOW)
{
	uint64_t state = test_seed(), i, rounds = test_long() ? 100000 : 300;
	struct sym_symbol s;
	struct sym_elf *e;
	struct str path;
	struct file whole;
	char name[] = "/tmp/skep-sym-XXXXXX";
	size_t sum, n;
	uint8_t *bytes;
	int fd = mkstemp(name);

	CHECK(fd >= 0);
	close(fd);
	str_init(&path, 4096);
	libc_path(&path);
	CHECK_EQ(file_read(path.s, 64 << 20, NULL, &whole), 0);
	bytes = malloc(whole.size);
	CHECK(bytes);
	for (i = 0; i < rounds; i++) {
		memcpy(bytes, whole.data, whole.size);
		for (n = 0; n < 4; n++)
			bytes[test_random(&state) % (n ? 64 + 56 * 12 : whole.size)] = (uint8_t)test_random(&state);
		bytes[whole.size - 1 - test_random(&state) % 4096] ^= (uint8_t)test_random(&state);
		n = i % 3 ? whole.size : test_random(&state) % whole.size;
		CHECK_EQ(file_write(name, bytes, n, NULL), 0);
		if (sym_elf_open(name, NULL, &e))
			continue;
		sum = 0;
		sym_elf_match(e, "*", touch, &sum);
		sym_usdt_match(e, NULL, NULL, touch_probe, &sum);
		sym_elf_at(e, test_random(&state) % (4 << 20), &s);
		sym_elf_close(e);
	}
	free(bytes);
	file_done(&whole);
	unlink(name);
	str_done(&path);
}

TEST(no_such_file)
{
	struct sym_elf *e = NULL;
	struct diag d;
	struct str s;

	diag_init(&d, 10);
	str_init(&s, 4096);
	CHECK(sym_elf_open("/nonexistent", &d, &e) < 0);
	CHECK(sym_elf_open("/etc/passwd", &d, &e) < 0);
	CHECK(sym_find_file("no-such-program-anywhere", &d, &s) < 0);
	CHECK(test_oom() || diag_failed(&d));
	str_done(&s);
	diag_done(&d);
}

/* ---- the kernel ---- */

static const char kallsyms[] =
	"ffffffff81000000 T _stext\n"
	"ffffffff81000000 T _text\n"
	"ffffffff81000010 t do_one_initcall\n"
	"ffffffffa0000100 t second\t[mod_b]\n"
	"ffffffffa0000000 t first\t[mod_a]\n"
	"not a line\n";

static bool is(const struct sym_kernel_symbol *s, const char *name, const char *module)
{
	if (s->len != strlen(name) || memcmp(s->name, name, s->len))
		return false;
	return module ? s->module && s->module_len == strlen(module) && !memcmp(s->module, module, s->module_len) :
			!s->module;
}

TEST(kernel_symbols)
{
	char name[] = "/tmp/skep-sym-XXXXXX";
	struct sym_kernel_symbol s;
	struct sym_kernel *k = NULL;
	int fd = mkstemp(name), err;

	CHECK(fd >= 0);
	CHECK(write(fd, kallsyms, sizeof(kallsyms) - 1) == sizeof(kallsyms) - 1);
	close(fd);
	err = sym_kernel_open(name, &k);
	unlink(name);
	if (err && test_oom())
		return;
	CHECK_EQ(err, 0);
	CHECK(!sym_kernel_at(k, UINT64_C(0xffffffff80ffffff), &s));
	CHECK(sym_kernel_at(k, UINT64_C(0xffffffff8100000f), &s) && is(&s, "_stext", NULL));
	CHECK(sym_kernel_at(k, UINT64_C(0xffffffff81000011), &s) && is(&s, "do_one_initcall", NULL));
	CHECK(sym_kernel_at(k, UINT64_C(0xffffffffa0000001), &s) && is(&s, "first", "mod_a"));
	CHECK(sym_kernel_at(k, UINT64_MAX, &s) && is(&s, "second", "mod_b"));
	CHECK(sym_kernel_find(k, "first", &s) && s.addr == UINT64_C(0xffffffffa0000000) && s.type == 't');
	CHECK(!sym_kernel_find(k, "fir", &s));
	sym_kernel_close(k);
}

TEST_WITH(kernel_symbols_here, TEST_NO_OOM)
{
	struct sym_kernel_symbol s, again;
	struct sym_kernel *k = NULL;
	int err = sym_kernel_open(NULL, &k);

	if (err == -EPERM)
		SKIP("/proc/kallsyms shows no addresses");
	CHECK_EQ(err, 0);
	CHECK(sym_kernel_find(k, "schedule", &s));
	CHECK(sym_kernel_at(k, s.addr + 1, &again));
	CHECK_EQ(again.addr, s.addr);
	sym_kernel_close(k);
}
