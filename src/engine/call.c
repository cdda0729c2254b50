/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The typed wrappers. Each passes exactly the bytes up to the last field it sets, so that kernels
 * that know no more accept it.
 */
#include <unistd.h>

#include "engine/impl.h"

#define END(field)                                                                                 \
	(offsetof(union engine_attr, field) + sizeof(((union engine_attr *)0)->field))
#define CALL(e, NAME, a, last) engine_bpf(e, ABI_CMD_##NAME, &(a), END(last))

static void cut_name(char to[ENGINE_NAME], const char *name)
{
	if (name)
		memcpy(to, name, strnlen(name, ENGINE_NAME - 1));
}

static uint32_t given(int fd)
{
	return fd > 0 ? (uint32_t)fd : 0;
}

uint32_t engine_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);
	struct file f;
	uint32_t cpus = n > 0 ? (uint32_t)n : 1, at = 0, v;
	bool any = false;

	/* "0-3,8": possible CPUs may be more than those that are there */
	if (file_read("/sys/devices/system/cpu/possible", PAGE, NULL, &f))
		return cpus;
	for (v = 0; at < f.size; at++) {
		if (f.data[at] >= '0' && f.data[at] <= '9') {
			v = v * 10 + (uint32_t)(f.data[at] - '0');
			any = true;
			continue;
		}
		if (any && v < 1u << 16)
			cpus = v + 1;
		v = 0;
		any = false;
	}
	file_done(&f);
	return cpus;
}

/* ---- maps ---- */

int engine_map_create(struct engine *e, const struct engine_map_options *o)
{
	union engine_attr a = {.map_create = {
				       .map_type = o->type,
				       .key_size = o->key_size,
				       .value_size = o->value_size,
				       .max_entries = o->max_entries,
				       .map_flags = o->flags,
				       .inner_map_fd = given(o->inner_fd),
				       .numa_node = o->numa_node,
				       .btf_fd = given(o->btf_fd),
				       .btf_key_type_id = o->btf_key,
				       .btf_value_type_id = o->btf_value,
				       .btf_vmlinux_value_type_id = o->btf_vmlinux_value,
				       .map_extra = o->extra,
			       }};

	cut_name(a.map_create.map_name, o->name);
	return o->extra ? CALL(e, MAP_CREATE, a, map_create.map_extra)
			: CALL(e, MAP_CREATE, a, map_create.btf_vmlinux_value_type_id);
}

static union engine_attr elem(int fd, const void *key, const void *value, uint64_t flags)
{
	return (union engine_attr){.elem = {.map_fd = (uint32_t)fd,
					    .key = engine_ptr(key),
					    .value = engine_ptr(value),
					    .flags = flags}};
}

int engine_map_lookup(struct engine *e, int fd, const void *key, void *value, uint64_t flags)
{
	union engine_attr a = elem(fd, key, value, flags);

	return CALL(e, MAP_LOOKUP_ELEM, a, elem.flags);
}

int engine_map_update(struct engine *e, int fd, const void *key, const void *value, uint64_t flags)
{
	union engine_attr a = elem(fd, key, value, flags);

	return CALL(e, MAP_UPDATE_ELEM, a, elem.flags);
}

int engine_map_delete(struct engine *e, int fd, const void *key)
{
	union engine_attr a = elem(fd, key, NULL, 0);

	return CALL(e, MAP_DELETE_ELEM, a, elem.key);
}

int engine_map_next_key(struct engine *e, int fd, const void *key, void *ret_next)
{
	union engine_attr a = elem(fd, key, ret_next, 0);

	return CALL(e, MAP_GET_NEXT_KEY, a, elem.next_key);
}

int engine_map_take(struct engine *e, int fd, const void *key, void *value, uint64_t flags)
{
	union engine_attr a = elem(fd, key, value, flags);

	return CALL(e, MAP_LOOKUP_AND_DELETE_ELEM, a, elem.flags);
}

int engine_map_freeze(struct engine *e, int fd)
{
	union engine_attr a = elem(fd, NULL, NULL, 0);

	return CALL(e, MAP_FREEZE, a, elem.map_fd);
}

int engine_map_batch(struct engine *e, uint32_t cmd, int fd, const void *in, void *out, void *keys,
		     void *values, uint32_t *count, uint64_t elem_flags)
{
	union engine_attr a = {.batch = {.in_batch = engine_ptr(in),
					 .out_batch = engine_ptr(out),
					 .keys = engine_ptr(keys),
					 .values = engine_ptr(values),
					 .count = *count,
					 .map_fd = (uint32_t)fd,
					 .elem_flags = elem_flags}};
	int err = engine_bpf(e, cmd, &a, END(batch.flags));

	*count = a.batch.count;
	return err;
}

size_t engine_map_value_bytes(const struct engine_map_info *info, uint32_t cpus)
{
	switch (info->type) {
	case MAP_TYPE_PERCPU_HASH:
	case MAP_TYPE_LRU_PERCPU_HASH:
	case MAP_TYPE_PERCPU_ARRAY:
	case MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return (size_t)ALIGN_UP(info->value_size, 8u) * cpus;
	default:
		return info->value_size;
	}
}

/* ---- programs ---- */

int engine_prog_load(struct engine *e, const struct engine_prog_options *o)
{
	union engine_attr a = {.prog_load = {
				       .prog_type = o->type,
				       .insn_cnt = o->insns,
				       .insns = engine_ptr(o->insn),
				       .license = engine_ptr(o->license ? o->license : ""),
				       .log_level = o->log_level,
				       .log_size = o->log ? o->log_size : 0,
				       .log_buf = engine_ptr(o->log),
				       .kern_version = o->kern_version,
				       .prog_flags = o->flags,
				       .prog_ifindex = o->ifindex,
				       .expected_attach_type = o->attach,
				       .prog_btf_fd = given(o->btf_fd),
				       .func_info_rec_size = o->func_info_size,
				       .func_info = engine_ptr(o->func_info),
				       .func_info_cnt = o->func_infos,
				       .line_info_rec_size = o->line_info_size,
				       .line_info = engine_ptr(o->line_info),
				       .line_info_cnt = o->line_infos,
				       .attach_btf_id = o->attach_btf_id,
				       .attach_prog_fd = given(o->attach_fd),
				       .fd_array = engine_ptr(o->fd_array),
				       .fd_array_cnt = o->fds,
			       }};

	cut_name(a.prog_load.prog_name, o->name);
	return o->fds ? CALL(e, PROG_LOAD, a, prog_load.fd_array_cnt)
		      : CALL(e, PROG_LOAD, a, prog_load.fd_array);
}

int engine_prog_run(struct engine *e, int fd, struct engine_run *r)
{
	union engine_attr a = {.test = {
				       .prog_fd = (uint32_t)fd,
				       .data_size_in = r->data_in_len,
				       .data_size_out = r->data_out ? r->data_out_len : 0,
				       .data_in = engine_ptr(r->data_in),
				       .data_out = engine_ptr(r->data_out),
				       .repeat = r->repeat,
				       .ctx_size_in = r->ctx_in_len,
				       .ctx_size_out = r->ctx_out ? r->ctx_out_len : 0,
				       .ctx_in = engine_ptr(r->ctx_in),
				       .ctx_out = engine_ptr(r->ctx_out),
				       .flags = r->flags,
				       .cpu = r->cpu,
				       .batch_size = r->batch,
			       }};
	int err = CALL(e, PROG_TEST_RUN, a, test.batch_size);

	r->data_out_len = a.test.data_size_out;
	r->ctx_out_len = a.test.ctx_size_out;
	r->retval = a.test.retval;
	r->duration = a.test.duration;
	return err;
}

int engine_prog_bind_map(struct engine *e, int prog_fd, int map_fd)
{
	union engine_attr a = {
		.bind_map = {.prog_fd = (uint32_t)prog_fd, .map_fd = (uint32_t)map_fd}};

	return CALL(e, PROG_BIND_MAP, a, bind_map.flags);
}

/* ---- BTF, pins, ids ---- */

int engine_btf_load(struct engine *e, const void *data, size_t size, char *log, uint32_t log_size)
{
	union engine_attr a = {.btf_load = {.btf = engine_ptr(data),
					    .log_buf = engine_ptr(log),
					    .size = (uint32_t)size,
					    .log_size = log ? log_size : 0,
					    .log_level = log ? 1 : 0}};

	if (size > UINT32_MAX)
		return -E2BIG;
	return CALL(e, BTF_LOAD, a, btf_load.log_level);
}

int engine_pin(struct engine *e, int fd, const char *path)
{
	union engine_attr a = {.pin = {.pathname = engine_ptr(path), .bpf_fd = (uint32_t)fd}};

	return CALL(e, OBJ_PIN, a, pin.file_flags);
}

int engine_get(struct engine *e, const char *path, uint32_t file_flags)
{
	union engine_attr a = {.pin = {.pathname = engine_ptr(path), .file_flags = file_flags}};

	return CALL(e, OBJ_GET, a, pin.file_flags);
}

int engine_next_id(struct engine *e, enum engine_kind kind, uint32_t id, uint32_t *ret_id)
{
	static const uint8_t cmd[] = {
		[ENGINE_PROG] = ABI_CMD_PROG_GET_NEXT_ID,
		[ENGINE_MAP] = ABI_CMD_MAP_GET_NEXT_ID,
		[ENGINE_BTF] = ABI_CMD_BTF_GET_NEXT_ID,
		[ENGINE_LINK] = ABI_CMD_LINK_GET_NEXT_ID,
	};
	union engine_attr a = {.id = {.start_id = id}};
	int err = engine_bpf(e, cmd[kind], &a, END(id.open_flags));

	if (!err)
		*ret_id = a.id.next_id;
	return err;
}

int engine_open_id(struct engine *e, enum engine_kind kind, uint32_t id)
{
	static const uint8_t cmd[] = {
		[ENGINE_PROG] = ABI_CMD_PROG_GET_FD_BY_ID,
		[ENGINE_MAP] = ABI_CMD_MAP_GET_FD_BY_ID,
		[ENGINE_BTF] = ABI_CMD_BTF_GET_FD_BY_ID,
		[ENGINE_LINK] = ABI_CMD_LINK_GET_FD_BY_ID,
	};
	union engine_attr a = {.id = {.start_id = id}};

	return engine_bpf(e, cmd[kind], &a, END(id.open_flags));
}

int engine_info(struct engine *e, int fd, void *info, uint32_t size)
{
	union engine_attr a = {
		.info = {.bpf_fd = (uint32_t)fd, .info_len = size, .info = engine_ptr(info)}};

	return CALL(e, OBJ_GET_INFO_BY_FD, a, info.info);
}

/* ---- attaching ---- */

int engine_link_create(struct engine *e, const union engine_attr *attr)
{
	union engine_attr a = *attr;

	return CALL(e, LINK_CREATE, a, link_create.uprobe_multi.pid);
}

int engine_link_update(struct engine *e, int link, int prog, uint32_t flags, int old_prog)
{
	union engine_attr a = {.link_update = {.link_fd = (uint32_t)link,
					       .new_prog_fd = (uint32_t)prog,
					       .flags = flags,
					       .old_prog_fd = given(old_prog)}};

	return CALL(e, LINK_UPDATE, a, link_update.old_prog_fd);
}

int engine_link_detach(struct engine *e, int link)
{
	union engine_attr a = {.link_detach = {.link_fd = (uint32_t)link}};

	return CALL(e, LINK_DETACH, a, link_detach.link_fd);
}

int engine_raw_tracepoint(struct engine *e, const char *name, int prog, uint64_t cookie)
{
	union engine_attr a = {.raw_tracepoint = {.name = engine_ptr(name),
						  .prog_fd = (uint32_t)prog,
						  .cookie = cookie}};

	return cookie ? CALL(e, RAW_TRACEPOINT_OPEN, a, raw_tracepoint.cookie)
		      : CALL(e, RAW_TRACEPOINT_OPEN, a, raw_tracepoint.prog_fd);
}

int engine_iter_create(struct engine *e, int link)
{
	union engine_attr a = {.iter_create = {.link_fd = (uint32_t)link}};

	return CALL(e, ITER_CREATE, a, iter_create.flags);
}

int engine_enable_stats(struct engine *e)
{
	union engine_attr a = {.enable_stats = {.type = 0}};

	return CALL(e, ENABLE_STATS, a, enable_stats.type);
}
