/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Our structs are the kernel's: every field that both know is where the running kernel's BTF has it. */
#include <stddef.h>
#include <unistd.h>

#include "btf/btf.h"
#include "engine/engine.h"
#include "test.h"

struct row {
	const char *type, *path; /* the kernel's */
	size_t offset, size;
};

#define ATTR(field, path)                                                                          \
	{"union bpf_attr", path, offsetof(union engine_attr, field),                               \
	 sizeof(((union engine_attr *)0)->field)}
#define INFO(what, field, path)                                                                    \
	{"struct bpf_" #what "_info", path, offsetof(struct engine_##what##_info, field),          \
	 sizeof(((struct engine_##what##_info *)0)->field)}

static const struct row rows[] = {
	ATTR(map_create.map_flags, "map_flags"),
	ATTR(map_create.map_name, "map_name"),
	ATTR(map_create.map_extra, "map_extra"),
	ATTR(map_create.map_token_fd, "map_token_fd"),
	ATTR(map_create.excl_prog_hash_size, "excl_prog_hash_size"),
	ATTR(elem.key, "key"),
	ATTR(elem.flags, "flags"),
	ATTR(batch.count, "batch.count"),
	ATTR(batch.flags, "batch.flags"),
	ATTR(prog_load.license, "license"),
	ATTR(prog_load.prog_name, "prog_name"),
	ATTR(prog_load.attach_prog_fd, "attach_prog_fd"),
	ATTR(prog_load.fd_array, "fd_array"),
	ATTR(prog_load.log_true_size, "log_true_size"),
	ATTR(prog_load.fd_array_cnt, "fd_array_cnt"),
	ATTR(prog_load.keyring_id, "keyring_id"),
	ATTR(pin.pathname, "pathname"),
	ATTR(pin.path_fd, "path_fd"),
	ATTR(attach.replace_bpf_fd, "replace_bpf_fd"),
	ATTR(attach.expected_revision, "expected_revision"),
	ATTR(test.data_in, "test.data_in"),
	ATTR(test.ctx_out, "test.ctx_out"),
	ATTR(test.batch_size, "test.batch_size"),
	ATTR(id.next_id, "next_id"),
	ATTR(id.token_fd, "fd_by_id_token_fd"),
	ATTR(info.info, "info.info"),
	ATTR(query.prog_ids, "query.prog_ids"),
	ATTR(query.count, "query.prog_cnt"),
	ATTR(query.revision, "query.revision"),
	ATTR(raw_tracepoint.cookie, "raw_tracepoint.cookie"),
	ATTR(btf_load.log_level, "btf_log_level"),
	ATTR(btf_load.token_fd, "btf_token_fd"),
	ATTR(task_fd_query.probe_addr, "task_fd_query.probe_addr"),
	ATTR(link_create.iter.info_len, "link_create.iter_info_len"),
	ATTR(link_create.kprobe_multi.cookies, "link_create.kprobe_multi.cookies"),
	ATTR(link_create.tracing.cookie, "link_create.tracing.cookie"),
	ATTR(link_create.netfilter.flags, "link_create.netfilter.flags"),
	ATTR(link_create.relative.expected_revision, "link_create.tcx.expected_revision"),
	ATTR(link_create.uprobe_multi.pid, "link_create.uprobe_multi.pid"),
	ATTR(link_update.old_prog_fd, "link_update.old_prog_fd"),
	ATTR(link_detach.link_fd, "link_detach.link_fd"),
	ATTR(enable_stats.type, "enable_stats.type"),
	ATTR(iter_create.flags, "iter_create.flags"),
	ATTR(bind_map.flags, "prog_bind_map.flags"),
	ATTR(token_create.bpffs_fd, "token_create.bpffs_fd"),
	ATTR(stream_read.prog_fd, "prog_stream_read.prog_fd"),
	ATTR(assoc_struct_ops.flags, "prog_assoc_struct_ops.flags"),
	INFO(prog, tag, "tag"),
	INFO(prog, xlated, "xlated_prog_insns"),
	INFO(prog, map_ids, "map_ids"),
	INFO(prog, name, "name"),
	INFO(prog, netns_dev, "netns_dev"),
	INFO(prog, func_info_count, "nr_func_info"),
	INFO(prog, line_info_count, "nr_line_info"),
	INFO(prog, jited_line_info_size, "jited_line_info_rec_size"),
	INFO(prog, tags, "prog_tags"),
	INFO(prog, run_cnt, "run_cnt"),
	INFO(prog, verified_insns, "verified_insns"),
	INFO(prog, attach_btf_id, "attach_btf_id"),
	INFO(map, flags, "map_flags"),
	INFO(map, btf_vmlinux_value_type_id, "btf_vmlinux_value_type_id"),
	INFO(map, btf_vmlinux_id, "btf_vmlinux_id"),
	INFO(map, extra, "map_extra"),
	INFO(map, hash_size, "hash_size"),
	INFO(btf, name_len, "name_len"),
	INFO(btf, kernel, "kernel_btf"),
	INFO(link, prog_id, "prog_id"),
	INFO(link, raw_tracepoint.cookie, "raw_tracepoint.cookie"),
	INFO(link, tracing.cookie, "tracing.cookie"),
	INFO(link, cgroup.attach_type, "cgroup.attach_type"),
	INFO(link, iter.map_id, "iter.map.map_id"),
	INFO(link, iter.cgroup.order, "iter.cgroup.order"),
	INFO(link, at.target, "xdp.ifindex"),
	INFO(link, at.attach_type, "tcx.attach_type"),
	INFO(link, netfilter.priority, "netfilter.priority"),
	INFO(link, kprobe_multi.cookies, "kprobe_multi.cookies"),
	INFO(link, uprobe_multi.pid, "uprobe_multi.pid"),
	INFO(link, perf_event.uprobe.ref_ctr_offset, "perf_event.uprobe.ref_ctr_offset"),
	INFO(link, perf_event.kprobe.cookie, "perf_event.kprobe.cookie"),
	INFO(link, perf_event.tracepoint.cookie, "perf_event.tracepoint.cookie"),
	INFO(link, perf_event.event.cookie, "perf_event.event.cookie"),
};

TEST_WITH(fields_are_where_the_kernel_has_them, TEST_NO_OOM)
{
	struct btf_field f;
	struct btf *b;
	size_t i, known = 0;
	uint32_t type;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP("no BTF of the kernel");
	CHECK_EQ(btf_open("/sys/kernel/btf/vmlinux", NULL, NULL, &b), 0);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		type = btf_find_c(b, rows[i].type);
		if (!type || btf_path(b, type, rows[i].path, NULL, &f))
			continue; /* it is older, or newer, than that */
		known++;
		if (f.bit_off / 8 != rows[i].offset || btf_size(b, f.type) != (int64_t)rows[i].size)
			FAIL("%s.%s: at %llu, %lld bytes; ours at %zu, %zu", rows[i].type, rows[i].path,
			     (unsigned long long)f.bit_off / 8, (long long)btf_size(b, f.type),
			     rows[i].offset, rows[i].size);
	}
	test_note("%zu of %zu fields", known, ARRAY_LEN(rows));
	CHECK(known > ARRAY_LEN(rows) / 2);
	btf_unref(b);
}
