/*
 * The peer: a file system in C on libfuse3's low-level interface, one thread, that gives the answers ours gives without doing any of the work.
 * It is the floor under what a file system outside the kernel can cost.
 *
 *   peer DIRECTORY ANCHORS PEEK_BYTES
 *
 * Says "mounted at DIRECTORY" on stderr, as `circuit start` does; TERM and INT unmount it.
 */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tree.h"

/* Everything in a circuit changes without the kernel's doing: it may keep neither names nor attributes. */
#define TTL_S 0.0

static char content[65536];
static struct timespec started;

static void on_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->want &= ~(unsigned)FUSE_CAP_ASYNC_DIO;
}

static struct stat attributes(const struct entry *entry)
{
	bool is_directory = S_ISDIR(entry->mode);

	return (struct stat){
		.st_ino = entry->ino,
		.st_mode = entry->mode,
		.st_nlink = is_directory ? 2 : 1,
		.st_size = entry->size,
		.st_blksize = 4096,
		.st_atim = started,
		.st_mtim = started,
		.st_ctim = started,
	};
}

static void on_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct entry *entry = tree_find(tree_at(parent), name);

	if (entry == NULL) {
		fuse_reply_err(request, ENOENT);
		return;
	}
	struct fuse_entry_param reply = {
		.ino = entry->ino,
		.attr = attributes(entry),
		.attr_timeout = TTL_S,
		.entry_timeout = TTL_S,
	};
	fuse_reply_entry(request, &reply);
}

static void on_getattr(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct stat st = attributes(tree_at(ino));

	(void)file;
	fuse_reply_attr(request, &st, TTL_S);
}

static void on_setattr(fuse_req_t request, fuse_ino_t ino, struct stat *wish, int which, struct fuse_file_info *file)
{
	(void)wish;
	(void)which;
	on_getattr(request, ino, file);
}

static void on_open(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct entry *entry = tree_at(ino);

	file->direct_io = 1;
	file->noflush = !entry->flushed;
	fuse_reply_open(request, file);
}

static void on_read(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file)
{
	struct entry *entry = tree_at(ino);
	size_t rest = offset < entry->content ? entry->content - (size_t)offset : 0;

	(void)file;
	fuse_reply_buf(request, content + offset, rest < size ? rest : size);
}

static void on_write(fuse_req_t request, fuse_ino_t ino, const char *bytes, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)ino;
	(void)bytes;
	(void)offset;
	(void)file;
	fuse_reply_write(request, size);
}

static void on_flush(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file)
{
	(void)ino;
	(void)file;
	fuse_reply_err(request, 0);
}

static void on_opendir(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file)
{
	(void)ino;
	fuse_reply_open(request, file);
}

/* Offsets are where to go on: 1 after ".", 2 after "..", 2 + an inode after that entry. */
static void on_readdir(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file)
{
	struct entry *directory = tree_at(ino), *entry;
	static char out[65536];
	size_t used = 0, room = size < sizeof out ? size : sizeof out, length;

	(void)file;
	for (off_t dot = offset; dot < 2; dot++) {
		struct stat st = attributes(dot == 0 ? directory : directory->parent);

		used += fuse_add_direntry(request, out + used, room - used, dot == 0 ? "." : "..", &st, dot + 1);
	}
	for (entry = offset <= 2 ? directory->child : tree_at((uint64_t)offset - 2)->next; entry; entry = entry->next) {
		struct stat st = attributes(entry);

		length = fuse_add_direntry(request, out + used, room - used, entry->name, &st, (off_t)entry->ino + 2);
		if (length > room - used)
			break;
		used += length;
	}
	fuse_reply_buf(request, out, used);
}

static const struct fuse_lowlevel_ops operations = {
	.init = on_init,
	.lookup = on_lookup,
	.getattr = on_getattr,
	.setattr = on_setattr,
	.open = on_open,
	.read = on_read,
	.write = on_write,
	.flush = on_flush,
	.release = on_flush,
	.opendir = on_opendir,
	.readdir = on_readdir,
	.releasedir = on_flush,
};

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: peer DIRECTORY ANCHORS PEEK_BYTES\n");
		return 2;
	}
	char *mount_argv[] = { argv[0], "-o", "fsname=circuit-peer" };
	struct fuse_args args = FUSE_ARGS_INIT(3, mount_argv);
	struct fuse_session *session;
	int ended = 1;

	clock_gettime(CLOCK_REALTIME, &started);
	memset(content, 'x', sizeof content);
	tree_build((unsigned)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
	session = fuse_session_new(&args, &operations, sizeof operations, NULL);
	if (session == NULL)
		return 1;
	if (fuse_set_signal_handlers(session) == 0) {
		if (fuse_session_mount(session, argv[1]) == 0) {
			fprintf(stderr, "mounted at %s\n", argv[1]);
			ended = fuse_session_loop(session);
			fuse_session_unmount(session);
		}
		fuse_remove_signal_handlers(session);
	}
	fuse_session_destroy(session);
	fuse_opt_free_args(&args);
	return ended < 0 ? 1 : 0;
}
