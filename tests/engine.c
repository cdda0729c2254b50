/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The embedded engine, from outside: objects, descriptors, ids, pins, programs that run. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "btf/btf.h"
#include "engine/engine.h"
#include "isa/isa.h"
#include "test.h"

static struct engine *new_engine(void)
{
	const struct engine_options o = {.check_memory = true};
	struct engine *e = NULL;
	int err = engine_embedded_new(&o, NULL, &e);

	if (test_oom() && err)
		return NULL;
	CHECK_EQ(err, 0);
	return e;
}

static int array(struct engine *e, uint32_t entries)
{
	const struct engine_map_options o = {.name = "counts",
					     .type = ABI_MAP_ARRAY,
					     .key_size = 4,
					     .value_size = 8,
					     .max_entries = entries};

	return engine_map_create(e, &o);
}

/* Without memory, everything may fail, and nothing more is to be seen. */
#define NEED(e, fd)                                                                                \
	do {                                                                                       \
		if (test_oom() && (!(e) || (fd) < 0)) {                                            \
			engine_free(e);                                                            \
			return;                                                                    \
		}                                                                                  \
		CHECK((fd) >= 0);                                                                  \
	} while (0)

TEST(elements_go_in_and_out)
{
	struct engine *e = new_engine();
	uint32_t key = 1, next = 0;
	uint64_t value = 42, got = 0;
	int fd = e ? array(e, 4) : -1;

	NEED(e, fd);
	CHECK_EQ(engine_map_update(e, fd, &key, &value, 0), 0);
	CHECK_EQ(engine_map_lookup(e, fd, &key, &got, 0), 0);
	CHECK_EQ(got, 42);
	CHECK_EQ(engine_map_next_key(e, fd, &key, &next), 0);
	CHECK_EQ(next, 2);
	key = 4;
	CHECK_EQ(engine_map_lookup(e, fd, &key, &got, 0), -ENOENT);
	CHECK_EQ(engine_map_delete(e, fd, &key), -EINVAL);
	CHECK_EQ(engine_map_lookup(e, fd, (void *)8, &got, 0), -EFAULT);
	CHECK_EQ(engine_map_lookup(e, -1, &key, &got, 0), -EBADF);
	CHECK_EQ(engine_map_lookup(e, 0, &key, &got, 0), -EINVAL);
	engine_close(e, fd);
	engine_free(e);
}

TEST(a_map_ends_with_its_last_descriptor_however_closed)
{
	struct engine *e = new_engine();
	uint32_t id = 0;
	int fd = e ? array(e, 1) : -1, copy, more;

	NEED(e, fd);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), 0);
	copy = dup(fd);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), 0);
	more = engine_open_id(e, ENGINE_MAP, id);
	if (more < 0)
		close(copy);
	NEED(e, more);
	close(copy);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), 0);
	close(more);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), -ENOENT);
	CHECK_EQ(engine_open_id(e, ENGINE_MAP, id), -ENOENT);
	engine_free(e);
}

static int count_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

TEST(an_engine_leaves_nothing_behind)
{
	int64_t live = mem_live();
	int files = count_files(), i;
	struct engine *e = new_engine();

	for (i = 0; e && i < 20; i++)
		array(e, 100);
	engine_free(e);
	/* its descriptors are the caller's, who did not close them */
	CHECK(count_files() <= files + 20);
	if (live >= 0)
		CHECK_EQ(mem_live(), live);
}

TEST(memory_can_be_mapped)
{
	struct engine *e = new_engine();
	const struct engine_map_options o = {.type = ABI_MAP_ARRAY,
					     .key_size = 4,
					     .value_size = 8,
					     .max_entries = 8,
					     .flags = ABI_F_MAP_MMAPABLE};
	int fd = e ? engine_map_create(e, &o) : -1;
	uint64_t value = 7, *at;
	uint32_t key = 3, id;
	void *addr = NULL;
	int err;

	NEED(e, fd);
	CHECK_EQ(engine_map_update(e, fd, &key, &value, 0), 0);
	err = engine_mmap(e, fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &addr);
	NEED(e, err);
	at = addr;
	CHECK_EQ(at[3], 7);
	at[3] = 8;
	CHECK_EQ(engine_map_lookup(e, fd, &key, &value, 0), 0);
	CHECK_EQ(value, 8);
	CHECK(engine_embedded_maps(e, at + 3));
	CHECK_EQ(engine_map_freeze(e, fd), -EBUSY);
	engine_close(e, fd);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), 0); /* the mapping keeps it */
	CHECK_EQ(engine_munmap(e, addr, 4096), 0);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), -ENOENT);
	engine_free(e);
}

static int load(struct engine *e, uint32_t type, const struct insn *insn, uint32_t n)
{
	char log[1024] = "";
	const struct engine_prog_options o = {.name = "test",
					      .license = "GPL",
					      .type = type,
					      .insn = insn,
					      .insns = n,
					      .log_level = 1,
					      .log = log,
					      .log_size = sizeof(log)};
	int fd = engine_prog_load(e, &o);

	if (fd < 0 && !test_oom())
		test_note("%s", log);
	return fd;
}

TEST(programs_run)
{
	struct engine *e = new_engine();
	int map = e ? array(e, 1) : -1, fd, err;
	uint8_t data[64] = {0};
	struct engine_run r = {.data_in = data, .data_in_len = sizeof(data), .repeat = 10};
	struct engine_prog_info info = {0};
	struct insn p[16];
	uint32_t n = 0, key = 0, ids[4] = {0};
	uint64_t value = 0;

	NEED(e, map);
	isa_ld_imm64(p, 1, 2, (uint32_t)map);
	n = 2;
	p[n++] = isa_mov64_imm(2, 1);
	p[n++] = isa_atomic(ISA_SIZE_DW, 0, 1, 0, 2);
	p[n++] = isa_mov64_imm(0, 2);
	p[n++] = isa_exit();
	fd = load(e, ABI_PROG_XDP, p, n);
	NEED(e, fd);
	err = engine_prog_run(e, fd, &r);
	NEED(e, err);
	CHECK_EQ(r.retval, 2);
	CHECK_EQ(engine_map_lookup(e, map, &key, &value, 0), 0);
	CHECK_EQ(value, 10);
	info.map_count = 4;
	info.map_ids = engine_ptr(ids);
	CHECK_EQ(engine_info(e, fd, &info, sizeof(info)), 0);
	CHECK_EQ(info.map_count, 1);
	CHECK_EQ(ids[0], 1);
	CHECK_EQ(info.xlated_len, n * 8);
	CHECK_STR(info.name, "test");
	engine_close(e, map);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &key), 0); /* the program keeps it */
	engine_close(e, fd);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &key), -ENOENT);
	engine_free(e);
}

static struct engine *new_with_types(const char *pins)
{
	const struct engine_options o = {
		.check_memory = true, .vmlinux = "/sys/kernel/btf/vmlinux", .pin_root = pins};
	struct engine *e = NULL;

	if (access(o.vmlinux, R_OK))
		SKIP("no BTF of the kernel");
	CHECK_EQ(engine_embedded_new(&o, NULL, &e), 0);
	return e;
}

static int simple(struct engine *e, uint32_t type)
{
	struct insn p[] = {isa_mov64_imm(0, 2), isa_exit()};

	return load(e, type, p, ARRAY_LEN(p));
}

TEST_WITH(pins_keep_objects, TEST_NO_OOM)
{
	char dir[] = "/tmp/skep-pins-XXXXXX", path[64], deep[80];
	struct engine *e;
	uint32_t id;
	int fd, again;

	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x", dir);
	snprintf(deep, sizeof(deep), "%s/no/x", dir);
	e = new_with_types(dir);
	fd = array(e, 1);
	CHECK_EQ(engine_pin(e, fd, path), 0);
	CHECK_EQ(engine_pin(e, fd, path), -EEXIST);
	CHECK_EQ(engine_pin(e, fd, deep), -ENOENT);
	CHECK_EQ(engine_pin(e, fd, "/tmp/elsewhere-skep"), -EPERM);
	CHECK_EQ(engine_pin(e, 0, path), -EINVAL);
	CHECK_EQ(engine_get(e, deep, 0), -ENOENT);
	CHECK_EQ(engine_get(e, dir, 0), -EACCES);
	engine_close(e, fd);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), 0);
	again = engine_get(e, path, ABI_F_MAP_RDONLY);
	CHECK(again >= 0);
	id = 0;
	CHECK_EQ(engine_map_update(e, again, &id, &id, 0), -EPERM);
	engine_close(e, again);
	CHECK_EQ(unlink(path), 0);
	CHECK_EQ(engine_get(e, path, 0), -ENOENT);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), -ENOENT);
	engine_free(e);
	CHECK_EQ(rmdir(dir), 0);
}

TEST_WITH(links_come_and_go, TEST_NO_OOM)
{
	struct engine *e = new_with_types(NULL);
	int one = simple(e, ABI_PROG_XDP), two = simple(e, ABI_PROG_XDP), link, other;
	union engine_attr a = {.link_create = {.prog_fd = (uint32_t)one,
					       .target_ifindex = 1,
					       .attach_type = ABI_ATTACH_XDP}};
	struct engine_link_info i = {0};
	struct engine_prog_info p = {0};
	uint32_t id;

	link = engine_link_create(e, &a);
	CHECK(link >= 0);
	CHECK_EQ(engine_link_create(e, &a), -EBUSY);
	CHECK_EQ(engine_info(e, link, &i, sizeof(i)), 0);
	CHECK_EQ(i.type, ABI_LINK_XDP);
	CHECK_EQ(i.at.target, 1);
	CHECK_EQ(engine_link_update(e, link, two, 4, two), -EPERM);
	CHECK_EQ(engine_link_update(e, link, two, 4, one), 0);
	CHECK_EQ(engine_info(e, two, &p, sizeof(p)), 0);
	CHECK_EQ(engine_info(e, link, &i, sizeof(i)), 0);
	CHECK_EQ(i.prog_id, p.id);
	CHECK_EQ(engine_link_detach(e, link), 0);
	CHECK_EQ(engine_link_update(e, link, one, 0, 0), -ENOLINK);
	other = engine_link_create(e, &a);
	CHECK(other >= 0);
	engine_close(e, other);
	other = engine_link_create(e, &a);
	CHECK(other >= 0);
	engine_close(e, two);
	CHECK_EQ(engine_open_id(e, ENGINE_PROG, p.id) >= 0, true); /* the first link has it */
	engine_close(e, one);
	engine_close(e, link);
	engine_close(e, other);
	CHECK_EQ(engine_next_id(e, ENGINE_LINK, 0, &id), -ENOENT);
	engine_free(e);
}

TEST_WITH(raw_tracepoints_are_known_by_their_types, TEST_NO_OOM)
{
	struct engine *e = new_with_types(NULL);
	int prog = simple(e, ABI_PROG_RAW_TRACEPOINT), link;
	char name[32];
	struct engine_link_info i = {
		.raw_tracepoint = {.name = engine_ptr(name), .name_len = sizeof(name)}};

	CHECK_EQ(engine_raw_tracepoint(e, "no_such_tracepoint", prog, 0), -ENOENT);
	link = engine_raw_tracepoint(e, "sched_switch", prog, 7);
	CHECK(link >= 0);
	CHECK_EQ(engine_info(e, link, &i, sizeof(i)), 0);
	CHECK_STR(name, "sched_switch");
	CHECK_EQ(i.raw_tracepoint.name_len, 13);
	CHECK_EQ(i.raw_tracepoint.cookie, 7);
	engine_close(e, link);
	engine_close(e, prog);
	engine_free(e);
}

/* "id name" of every map */
TEST_WITH(an_iterator_goes_over_maps, TEST_NO_OOM)
{
	struct engine *e = new_with_types(NULL);
	struct btf *b;
	struct btf_field id_at;
	struct insn p[32];
	char log[1024], text[128] = "";
	uint32_t n = 0, map_id;
	int fds[2], prog, link, it;
	union engine_attr a = {.link_create = {.attach_type = ABI_ATTACH_TRACE_ITER}};

	CHECK_EQ(btf_open("/sys/kernel/btf/vmlinux", NULL, NULL, &b), 0);
	CHECK_EQ(btf_path(b, btf_find(b, "bpf_map", BTF_BIT(STRUCT)), "id", NULL, &id_at), 0);
	p[n++] = isa_ldx(ISA_SIZE_DW, 2, 1, 8); /* ctx->map */
	p[n++] = isa_jeq64_imm(2, 0, 8);
	p[n++] = isa_ldx(ISA_SIZE_W, 2, 2, (int16_t)(id_at.bit_off / 8));
	p[n++] = isa_add64_imm(2, '0');
	p[n++] = isa_stx(ISA_SIZE_B, 10, -1, 2);
	p[n++] = isa_ldx(ISA_SIZE_DW, 1, 1, 0); /* ctx->meta */
	p[n++] = isa_ldx(ISA_SIZE_DW, 1, 1, 0); /* ->seq */
	p[n++] = isa_mov64_reg(2, 10);
	p[n++] = isa_add64_imm(2, -1);
	p[n++] = isa_mov64_imm(3, 1);
	p[1].off = 9;
	p[n++] = isa_call(ABI_HELPER_seq_write);
	p[n++] = isa_mov64_imm(0, 0);
	p[n++] = isa_exit();
	const struct engine_prog_options o = {.name = "iter",
					      .license = "GPL",
					      .type = ABI_PROG_TRACING,
					      .attach = ABI_ATTACH_TRACE_ITER,
					      .attach_btf_id = btf_find(b, "bpf_iter_bpf_map", BTF_BIT(FUNC)),
					      .insn = p,
					      .insns = n,
					      .log = log,
					      .log_size = sizeof(log),
					      .log_level = 1};
	fds[0] = array(e, 1);
	fds[1] = array(e, 1);
	prog = engine_prog_load(e, &o);
	if (prog < 0)
		FAIL("%s", log);
	a.link_create.prog_fd = (uint32_t)prog;
	link = engine_link_create(e, &a);
	CHECK(link >= 0);
	it = engine_iter_create(e, link);
	CHECK(it >= 0);
	CHECK_EQ(read(it, text, sizeof(text) - 1), 2);
	CHECK_STR(text, "12");
	close(it);
	engine_close(e, link);
	engine_close(e, prog);
	engine_close(e, fds[0]);
	engine_close(e, fds[1]);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &map_id), -ENOENT);
	btf_unref(b);
	engine_free(e);
}

TEST_WITH(inner_maps_live_in_the_outer_one, TEST_NO_OOM)
{
	struct engine *e = new_engine();
	int inner = array(e, 1), outer;
	struct engine_map_options o = {.type = ABI_MAP_ARRAY_OF_MAPS,
				       .key_size = 4,
				       .value_size = 4,
				       .max_entries = 1,
				       .inner_fd = inner};
	uint32_t key = 0, id = 0, next = 0;

	outer = engine_map_create(e, &o);
	CHECK(outer >= 0);
	CHECK_EQ(engine_map_update(e, outer, &key, &inner, 0), 0);
	engine_close(e, inner);
	CHECK_EQ(engine_map_lookup(e, outer, &key, &id, 0), 0);
	inner = engine_open_id(e, ENGINE_MAP, id);
	CHECK(inner >= 0);
	engine_close(e, inner);
	CHECK_EQ(engine_map_delete(e, outer, &key), 0);
	CHECK_EQ(engine_open_id(e, ENGINE_MAP, id), -ENOENT);
	engine_close(e, outer);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &next), -ENOENT);
	engine_free(e);
}

TEST_WITH(ring_buffers_wake_whoever_waits, TEST_NO_OOM)
{
	struct engine *e = new_engine();
	const struct engine_map_options o = {.type = ABI_MAP_RINGBUF, .max_entries = 4096};
	int ring = engine_map_create(e, &o), prog;
	uint8_t data[64] = {0};
	struct engine_run r = {.data_in = data, .data_in_len = 64};
	struct insn p[16];
	uint64_t *consumer, *producer;
	void *at = NULL, *there = NULL;
	uint32_t n = 2;

	CHECK(ring >= 0);
	CHECK_EQ(engine_wait(e, &ring, 1, 1000), 0);
	isa_ld_imm64(p, 1, 1, (uint32_t)ring);
	p[n++] = isa_mov64_reg(2, 10);
	p[n++] = isa_add64_imm(2, -8);
	p[n++] = isa_st(ISA_SIZE_DW, 10, -8, 5);
	p[n++] = isa_mov64_imm(3, 8);
	p[n++] = isa_mov64_imm(4, 0);
	p[n++] = isa_call(ABI_HELPER_ringbuf_output);
	p[n++] = isa_exit();
	prog = load(e, ABI_PROG_XDP, p, n);
	CHECK(prog >= 0);
	CHECK_EQ(engine_prog_run(e, prog, &r), 0);
	CHECK_EQ(engine_wait(e, &ring, 1, -1), 1);
	CHECK_EQ(engine_mmap(e, ring, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &at), 0);
	CHECK_EQ(engine_mmap(e, ring, 4096 * 2, PROT_READ, MAP_SHARED, 4096, &there), 0);
	consumer = at;
	producer = there;
	CHECK_EQ(*producer, 16);
	__atomic_store_n(consumer, *producer, __ATOMIC_RELEASE);
	CHECK_EQ(engine_wait(e, &ring, 1, 1000), 0);
	CHECK_EQ(engine_prog_run(e, prog, &r), 0);
	CHECK_EQ(engine_wait(e, &ring, 1, 1000), 1);
	CHECK_EQ(engine_munmap(e, at, 4096), 0);
	CHECK_EQ(engine_munmap(e, there, 4096 * 2), 0);
	engine_close(e, prog);
	engine_close(e, ring);
	engine_free(e);
}

/* ---- many threads ---- */

enum { THREADS = 4, ROUNDS = 100 };

struct shared {
	struct engine *e;
	int array, ring;
	uint32_t wrong;
};

/* Makes, runs, and closes its own, and works on what all share. */
static void *work(void *arg)
{
	struct shared *s = arg;
	uint8_t data[64] = {0};
	struct engine_run r = {.data_in = data, .data_in_len = 64, .repeat = 4};
	uint32_t key = 0, id = 0, i, wrong = 0;
	uint64_t value = 1;
	struct insn p[16];

	for (i = 0; i < ROUNDS; i++) {
		uint32_t n = 2;
		int own = array(s->e, 4), prog;

		isa_ld_imm64(p, 1, 2, (uint32_t)s->array);
		p[n++] = isa_mov64_imm(2, 1);
		p[n++] = isa_atomic(ISA_SIZE_DW, 0, 1, 0, 2);
		isa_ld_imm64(p + n, 1, 1, (uint32_t)s->ring);
		n += 2;
		p[n++] = isa_mov64_reg(2, 10);
		p[n++] = isa_add64_imm(2, -8);
		p[n++] = isa_st(ISA_SIZE_DW, 10, -8, 5);
		p[n++] = isa_mov64_imm(3, 8);
		p[n++] = isa_mov64_imm(4, 0);
		p[n++] = isa_call(ABI_HELPER_ringbuf_output);
		p[n++] = isa_exit();
		prog = load(s->e, ABI_PROG_XDP, p, n);
		wrong += own < 0 || prog < 0;
		wrong += engine_prog_run(s->e, prog, &r) != 0;
		wrong += engine_map_update(s->e, own, &key, &value, 0) != 0;
		wrong += engine_next_id(s->e, ENGINE_PROG, 0, &id) != 0;
		wrong += engine_wait(s->e, &s->ring, 1, 0) < 0;
		engine_close(s->e, own);
		engine_close(s->e, prog);
	}
	__atomic_fetch_add(&s->wrong, wrong, __ATOMIC_RELAXED);
	return NULL;
}

TEST_WITH(threads_share_an_engine, TEST_NO_OOM)
{
	const struct engine_map_options ring = {.type = ABI_MAP_RINGBUF, .max_entries = 4096};
	struct shared s = {.e = new_engine()};
	uint32_t key = 0, id, i;
	pthread_t t[THREADS];
	uint64_t value = 0;

	s.array = array(s.e, 1);
	s.ring = engine_map_create(s.e, &ring);
	for (i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, work, &s), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	CHECK_EQ(s.wrong, 0);
	CHECK_EQ(engine_map_lookup(s.e, s.array, &key, &value, 0), 0);
	CHECK_EQ(value, THREADS * ROUNDS * 4);
	CHECK_EQ(engine_next_id(s.e, ENGINE_PROG, 0, &id), -ENOENT);
	engine_close(s.e, s.array);
	engine_close(s.e, s.ring);
	engine_free(s.e);
}
