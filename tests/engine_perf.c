/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rings of perf_event_arrays on the embedded engine: what cannot be, and rings that outlive descriptors. */
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"
#include "test.h"

static struct engine *new_engine(void)
{
	const struct engine_options o = {0};
	struct engine *e = NULL;
	int err = engine_embedded_new(&o, NULL, &e);

	if (err && test_oom())
		return NULL;
	CHECK_EQ(err, 0);
	return e;
}

TEST(what_cannot_be)
{
	struct engine *e = new_engine();

	if (!e)
		return;
	CHECK_EQ(engine_perf_open(e, 1 << 20, 1), -ENODEV);
	CHECK_EQ(engine_perf_open(e, 0, 0), -EINVAL);
	CHECK_EQ(engine_perf_open(e, 0, 3), -EINVAL);
	CHECK_EQ(engine_perf_open(e, 0, 1u << 20), -EINVAL);
	engine_free(e);
}

TEST(a_map_keeps_its_ring)
{
	struct engine *e = new_engine();
	const struct engine_map_options o = {
		.type = ABI_MAP_PERF_EVENT_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	uint32_t cpu = 0;
	int map, ring, other;
	void *at;

	if (!e)
		return;
	map = engine_map_create(e, &o);
	ring = engine_perf_open(e, 0, 2);
	other = dup(1);
	if (!test_oom()) {
		CHECK(map >= 0 && ring >= 0);
		at = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
		CHECK(at != MAP_FAILED);
		CHECK(!munmap(at, 3 * 4096));
		CHECK_EQ(engine_map_update(e, map, &cpu, &other, 0), -EINVAL); /* no ring */
		CHECK_EQ(engine_map_update(e, map, &cpu, &ring, 0), 0);
	}
	close(other);
	engine_close(e, ring);
	engine_close(e, map);
	engine_free(e); /* sanitizers see that nothing is left */
}
