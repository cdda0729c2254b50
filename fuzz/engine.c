/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any sequence of bpf(2) calls: nothing crashes, hangs or leaks, and when all descriptors are closed
 * no object is left. Each call is a byte for the command, one for the size, one for how descriptors
 * are chosen, and the attributes; addresses lead into a buffer of ours, or to nowhere.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"

enum { FDS = 16, ROOM = 4096, CALLS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct state {
	struct engine *e;
	int fd[FDS];
	uint8_t room[ROOM];
};

/* Small numbers in the attributes are descriptors of ours; large ones addresses. */
static void translate(struct state *s, union engine_attr *a, uint8_t how)
{
	uint32_t *word = (uint32_t *)a;
	uint64_t *address = (uint64_t *)a, at;
	size_t i;

	for (i = 0; i < sizeof(*a) / 8; i++) {
		at = address[i];
		if (at >> 56 == 0xa5)
			address[i] = engine_ptr(s->room) + at % ROOM;
		else if (at >> 32 && !(at >> 47))
			address[i] |= UINT64_C(1) << 63; /* might be ours: our stack is not the input's */
	}
	for (i = 0; i < sizeof(*a) / 4; i++)
		if (word[i] >> 24 == 0xfd && how & 1)
			word[i] = (uint32_t)s->fd[word[i] % FDS];
}

static bool gives_fd(uint32_t cmd)
{
	switch (cmd) {
	case ABI_CMD_MAP_CREATE:
	case ABI_CMD_PROG_LOAD:
	case ABI_CMD_BTF_LOAD:
	case ABI_CMD_LINK_CREATE:
	case ABI_CMD_RAW_TRACEPOINT_OPEN:
	case ABI_CMD_PROG_GET_FD_BY_ID:
	case ABI_CMD_MAP_GET_FD_BY_ID:
	case ABI_CMD_BTF_GET_FD_BY_ID:
	case ABI_CMD_LINK_GET_FD_BY_ID:
	case ABI_CMD_OBJ_GET:
	case ABI_CMD_ITER_CREATE:
	case ABI_CMD_ENABLE_STATS:
		return true;
	default:
		return false;
	}
}

static void keep(struct state *s, int fd)
{
	int *slot = &s->fd[fd % FDS];

	engine_close(s->e, *slot);
	*slot = fd;
}

static size_t call(struct state *s, const uint8_t *data, size_t size)
{
	union engine_attr a = {0};
	uint32_t cmd = data[0] % 40, n = MIN(data[1], sizeof(a)), take = (uint32_t)MIN(n, size - 3);
	int got;

	memcpy(&a, data + 3, take);
	translate(s, &a, data[2]);
	/* time and memory are not what is looked for */
	if (cmd == ABI_CMD_PROG_TEST_RUN)
		a.test.repeat %= 4;
	if (cmd == ABI_CMD_MAP_CREATE) {
		a.map_create.max_entries %= 1 << 16;
		a.map_create.value_size %= 1 << 12;
	}
	if (data[2] & 2) /* instructions, BTF, keys come from the input as well */
		memcpy(s->room, data + 3, MIN(size - 3, (size_t)ROOM));
	got = engine_bpf(s->e, cmd, &a, sizeof(a));
	if (got >= 0 && gives_fd(cmd))
		keep(s, got);
	return 3 + take;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct engine_options o = {
		.check_memory = true, .budget = 10000, .max_bytes = 1 << 24, .pin_root = "/nonexistent/pins"};
	struct state s;
	uint32_t id;
	int i, kind;

	if (engine_embedded_new(&o, NULL, &s.e))
		return 0;
	memset(s.room, 0, sizeof(s.room));
	memset(s.fd, -1, sizeof(s.fd));
	for (i = 0; i < CALLS_MAX && size > 3; i++) {
		size_t n = call(&s, data, size);

		data += n;
		size -= n;
	}
	for (i = 0; i < FDS; i++)
		engine_close(s.e, s.fd[i]);
	for (kind = ENGINE_PROG; kind <= ENGINE_LINK; kind++)
		if (!engine_next_id(s.e, (enum engine_kind)kind, 0, &id) && kind == ENGINE_LINK)
			abort(); /* others may be pinned, but nothing pins links of /nonexistent */
	engine_free(s.e);
	return 0;
}
