// Package archive is the container: a file, or a folder of files that are
// written once and may be encrypted, that keeps raw answers of a chat service
// for good, with proof that not a byte has changed. It knows bytes, names and
// hashes; it does not know what an answer means.
//
// [Append] opens an archive for writing and [Open] for reading; [Verify]
// examines one, [Repair] saves what is whole of a damaged one in a new file,
// and [Compact] writes one anew in less room. Otherwise an archive only ever
// grows: a run of the program adds records at the end, and a file that is
// copied while this happens is a valid, shorter archive. A writer that is
// killed leaves a torn end, which readers leave out and the next writer heals;
// no record whose Put had returned is lost.
//
// The rest of this page is the format, complete enough to write a reader in
// another language. The golden files of testdata/archives follow it, and
// testdata/reader.py beside this file was written from it: 300 lines of Python
// that hold every byte of an archive, encrypted or not, to what stands here.
//
// # Format 1
//
// An archive is a .tar.zst file: a tar stream, cut into independent Zstandard
// frames (RFC 8878), with skippable frames between them that ordinary programs
// pass over. tar --zstd, bsdtar, zstd and Python's tarfile read it as it is.
// All integers are little-endian.
//
//	archive  = segment+                       archives joined by cat are an archive
//	segment  = first run*
//	first    = data seal                      README.txt and archive.json
//	run      = (data seal)+ (manifest seal)+ table
//	data     = one zstd frame: content checksum, no dictionary, window <= 8 MiB,
//	           at most 8 MiB of content; about 512 KiB as we write them
//	manifest = data frames that hold one record, runs/RUN/records.jsonl
//	table    = a seek table of the zstd seekable format
//
// A run that was not ended, because its writer was killed or is still at work,
// lacks manifest and table, and its last data frame may lack its end. Tables
// and manifests are derived: everything in them can be made again from data
// frames and seals. A reader passes over skippable frames of other kinds.
//
// # Records
//
// A record is two tar entries, one after the other: the body, exactly as it
// was received, and a JSON object about it under the same name with
// ".meta.json" added. It exists if and only if that object parses and the body
// has the size and SHA-256 that it states; so the meta entry is what commits.
// If the bytes are held already, the record is the meta entry alone, whose
// "same_as" is the tar name of the earlier body (of the same segment, or of an
// earlier one if that was there when it was written; compaction may have put it
// further back in the stream). A record never ends
// inside a block of a zstd frame, so the part of a file that reached the disk
// gives back every whole record.
//
// The fields of the object are those of [Meta]. "seq" counts the records of a
// file from 1 and is the only order that means anything; "fetched_at" comes
// from a clock, and clocks are set back. Compaction puts records elsewhere and
// takes some away, so numbers may come out of order in the stream, and may be
// missing. Fields are only ever added.
//
// Tar headers are plain ustar: mode 0644, owner 0, time of the fetch; a PAX
// header with the key "size" comes before a body of 8 GiB or more. There are
// no zero blocks at the end. Names are KIND/ID/TIME.EXT, at most 100 bytes of
// [a-z0-9._-] and "/". ID is the true id (found in the meta) made safe:
// [a-z0-9-] as they are, capitals as "_" and their letter, "_" as "__", other
// bytes as "_0" and two hex digits, and "_1" with a hash where it would be too
// long. TIME is 20261122t101500.123z, followed by "-SEQ" if the name is taken.
//
// # The first frame
//
// Frame 0 of a segment holds README.txt and archive.json with their metas, of
// kind "archive"; no manifest lists them. Its blocks are stored, not
// compressed, so a file begins with bytes that can be recognised and read:
//
//	0   28 b5 2f fd      zstd magic
//	4   04 38            checksum, window of 128 KiB
//	6   00 a0 00         a stored block of 5120 bytes, not the last
//	9   "README.txt"     the tar header; "ustar" at 266
//	521 "This is a gptsnap archive, format 1:"
//
// archive.json is an [Info]. A program must not read an archive whose format
// is above 1, or whose features.read names one it does not know; it must not
// write if it does not know all of features.read and features.write.
//
// # Seals
//
// A seal follows each data frame: a skippable frame of 132 bytes.
//
//	0   u32      0x184D2A57
//	4   u32      124
//	8   8 bytes  "CHATSEAL"
//	16  u16      version, 1
//	18  u16      flags
//	20  u32      number of the frame in its segment, from 0
//	24  16 bytes UUID of the segment
//	40  u64      bytes of the frame in the file
//	48  u64      bytes of its content
//	56  u32      records whose meta ends in it
//	60  u32      0
//	64  32 bytes SHA-256 of the frame as it stands in the file
//	96  32 bytes chain: SHA-256 of the previous seal's chain (zeros for the
//	             first) and bytes 8 to 95 of this seal
//	128 u32      CRC-32C of bytes 0 to 127
//
// Flags: 1 the frame ends on the end of a record; 2 it belongs to a manifest;
// 4 it was torn and has been ended by a later writer; 8 it was written by
// compaction; 16 it is the last of its segment, and another segment follows:
// if none does, the end of the archive is missing. A reader ignores unknown
// flags, a writer refuses the file. The seal of the golden file v1-plain, at
// byte 5136, begins
//
//	57 2a 4d 18  7c 00 00 00  43 48 41 54 53 45 41 4c  skippable, 124, CHATSEAL
//	01 00  01 00  00 00 00 00                          version 1, flag 1, frame 0
//	bc 86 1d 65 c2 0c 41 b8 ba e0 fd a7 13 8b 62 66    segment
//	10 14 00 00 00 00 00 00  00 14 00 00 00 00 00 00   5136 bytes for 5120
//	02 00 00 00  00 00 00 00  99 8c bf ed ...          2 records; SHA-256
//
// A body above 4 MiB spans frames: flag 1 is clear until its last. Frames of a
// record whose last frame never came are as if they were not there.
//
// # Seek tables
//
// A table lists every zstd frame from the start of the segment to itself, also
// seals and earlier tables, which count as frames without content:
//
//	u32 0x184D2A5E   u32 length of what follows
//	for each frame: u32 bytes in the file, u32 bytes of content
//	u32 number of frames   u8 0   u32 0x8F92EAB1
//
// So the file is opened from its end: the table gives the place of every frame
// and, added up, the start of the segment; before that another segment ends.
// If the last bytes are no table, walk from the start: each zstd frame is a
// chain of blocks with three-byte headers, nothing need be unpacked.
//
// # Manifests
//
// A manifest lists the records that no manifest before it lists, one JSON
// object a line. The first line is about the run:
//
//	{"v":1,"run":ID,"started":T,"ended":T,"records":N,"prev":F,"checkpoint":F}
//
// Each of the N other lines is a record's meta with two more keys: "path", its
// tar name, and "at":[F,O]: the body begins at byte O of the content of frame
// F. Frames are counted in the segment. A record with "same_as" has the "at"
// of that body, or none if that lies in another segment. "prev" is the first
// frame of the manifest before, absent in the first. "checkpoint", where it is
// present, is the first frame of a record runs/RUN/checkpoint.jsonl of the same
// form, which lists all records of the segment before this run, so that no
// older manifest need be read; the program writes one when 16 manifests would
// have to be read and they list more than a quarter of the records. The frames
// of a manifest have flag 2; the newest one ends in the last of them. Manifests
// and checkpoints are records themselves, of kinds "runs" and "checkpoint";
// manifests do not list them, checkpoints do.
//
// # What is checked when
//
// Reading a body checks the checksum of its frames (XXH64, as zstd has it),
// that the seal after each frame is the right one of the right segment, and
// that the tar header before the body bears the record's name and size. The
// SHA-256 of a record is compared when records are found without a manifest,
// and by [Verify], for it would cost more time than unpacking does; that of a
// manifest too.
//
// # Writing
//
// Each record is one write at the end of the file, before which the size of
// the file is compared with what it should be. The file is synced after each
// seal and at least every five seconds. After an error nothing more is
// written, and a failed sync is never tried again. A lock is held on a file
// beside the archive, never on the archive, which readers may open at any time.
//
// Healing keeps what is whole: cut the file after the last block whose
// unpacked prefix ends with a record, end that frame with an empty last block
// (01 00 00) and the low four bytes of the XXH64 of its content, and seal it
// with flag 4. A frame that is whole but for its seal gets one. More than 64 KiB
// are copied to NAME.torn-TIME before they are cut off. Nothing is cut off
// where a valid seal follows: that is damage, not a torn end, and the file is
// left as it is. The one exception is a seal that ends the file, right after
// the one frame that is not as it says: since a frame is synced with its seal
// before another is begun, a power failure may leave that, and nobody had been
// told that it was safe.
//
// # Folders of segments
//
// An archive may also be a folder, whose files are the segments; the files'
// bytes, joined in the order of their names, are the archive as above. A name is
//
//	NNNNNN-UUID8.tar.zst
//
// with the number of the segment, from 1 on, and the first 8 digits of its
// UUID. The last file grows. When it has come to the size that segments.json
// says (256 MiB), its run is ended with manifest and table, and the next record
// goes into a new segment; a run that goes on there has a second manifest,
// runs/RUN-s2/records.jsonl. archive.json of each segment but the first says in
// "after" the UUID of the one before, and the last seal of each but the last
// has flag 16, so a segment that is missing, or another's, is found wherever it
// belongs. (Archives of the first versions lack the flag: last segments that are
// missing of these are not noticed.) The flag is in a manifest, which lists no
// records if there are none to list, and it is never untrue: the first frame of
// the next segment is synced under its name with ".part" added before the flag
// is written, and gets its own name after that. Who finds the flag, no further
// segment and such a file has met a writer that was stopped there, and misses
// nothing. What is not noticed is what was cut off the end of the last segment
// behind a table. Beside the segments stand archive.lock, which only writers
// look at, and segments.json:
//
//	{"v":1,"format":"gptsnap archive in segments","segment_size":268435456,"first":1}
//
// Segments with a number below "first" do not count. Compaction writes its
// segments after the others, under a "limit" from which on numbers do not count
// either, and then puts both right by replacing segments.json, in one step; what
// does not count is removed by the writer that comes next. Files are created
// under a name with ".part" added, synced, renamed, and the folder is synced; a
// file whose name still ends so does not count. Without segments.json every
// segment counts, if none is encrypted.
//
// # Encryption
//
// A folder is encrypted if segments.json names "recipients". Its segments are
// files in the age format, each encrypted to all of them; compressed first, then
// encrypted. What they hold is the format above, so
//
//	age -d -i key.txt 000001-1b2c3d4e.tar.zst.age | zstd -d | tar -t
//
// lists one. If the archive has a passphrase, the identity is in key.age, which
// the passphrase opens ("age -d key.age"): one second of scrypt for the archive,
// not for each file. A file in the age format cannot be added to, so a segment
// that is not full is several files, each of a range of its bytes:
//
//	NNNNNN-UUID8.tar.zst.age              a full segment
//	NNNNNN-UUID8.FROM-TO.tar.zst.age      whole runs; frames begin and end with it
//	NNNNNN-UUID8.FROM-TO.held.age         of a run at work, synced
//	NNNNNN-UUID8.FROM-TO.open.age         of a run at work, one write, not synced
//
// FROM and TO are 12 digits (more, if need be): the first byte of the segment
// that the file holds, and the one after its last. Each write of a record becomes an open file, by
// rename, before it is acknowledged; a sync makes one held file of the open
// ones, and the end of a run one file of the held ones, with earlier small ones:
// each file is at least twice as large as all after it, so they stay few. A larger
// file is synced under its name before those that it replaces are removed.
// Therefore a reader takes, from byte 0 on, of the files that begin where the
// last one ended the longest (which is the full segment, if that is there), and
// passes over the others. What is missing before a file of the first three kinds is damage; open files after a gap are what a
// power failure left, and are as if they were not there.
//
// Nothing else stands in plain on the disk either: a long torn end is kept as an
// age file, and a body on its way in is spooled under a key that is in memory
// only. What does show are sizes and times of files, so how much was added and
// when; the host and process of the last writer; and the recipients. Encryption
// keeps others from reading. Whoever can write to the folder can remove files,
// and can put a whole other archive in the place of this one, for recipients are
// public; what he cannot do is to add a segment to this archive, since he does
// not know the UUID it has to follow, or to add a recipient for what comes next:
// archive.json of the first segment names the recipients as well, and a writer
// compares the two. A bit that changes costs what it costs in a plain archive,
// or somewhat more, for age vouches for 64 KiB at a time: the frames that lie in
// these.
package archive
