/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The embedded engine, from outside: objects, descriptors, ids, pins, programs that run. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"
#include "isa/isa.h"
#include "test.h"

static struct engine *new_engine(void)
{
	const struct engine_options o = {.check_memory = true};
	struct engine *e = NULL;
	int err = engine_embedded_new(&o, NULL, &e);

	if (test_oom() && err == -ENOMEM)
		SKIP("no memory");
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
		if ((fd) < 0 && test_oom()) {                                                      \
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
	int fd = array(e, 4);

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
	int fd = array(e, 1), copy, more;

	NEED(e, fd);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), 0);
	copy = dup(fd);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(engine_next_id(e, ENGINE_MAP, 0, &id), 0);
	more = engine_open_id(e, ENGINE_MAP, id);
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

	for (i = 0; i < 20; i++)
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
	int fd = engine_map_create(e, &o);
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
	int map = array(e, 1), fd, err;
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
