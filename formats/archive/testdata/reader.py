"""Reads an archive with nothing but its specification, the package comment of
formats/archive: no line of gptsnap is used. It needs Python 3.8, the program
zstd, and for an encrypted archive the program age.

    python3 reader.py ARCHIVE [IDENTITY]

prints each record as "NAME SHA256 KIND ID" in the order of seq, having held the
bytes to every rule of the format. What is wrong ends it with a message; a torn
end, and segments that are missing at the end, are told of after the records.
"""

import hashlib
import json
import os
import re
import struct
import subprocess
import sys

NAME = re.compile(r"([0-9]{6,9})-([0-9a-f]{8})(?:\.([0-9]{12,18})-([0-9]{12,18}))?\.(tar\.zst|tar\.zst\.age|held\.age|open\.age)")
WHOLE, MANIFEST, HEALED, COMPACTED, CONTINUED = 1, 2, 4, 8, 16


class Damage(Exception):
    pass


def need(true, what):
    if not true:
        raise Damage(what)


def filter_through(data, *command):
    """What a program makes of bytes; of a torn frame zstd gives what there is."""
    run = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    need(run.returncode == 0 or command[0] == "zstd", "%s: %s" % (command[0], run.stderr.decode()))
    return run.stdout


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


# Folders of segments, and encryption.


def segments_of(folder, identity):
    """The bytes of each segment that counts, with its number and UUID digits,
    and whether the next one is under way."""
    head = {"first": 1}
    if os.path.exists(os.path.join(folder, "segments.json")):
        with open(os.path.join(folder, "segments.json")) as f:
            head = json.load(f)
        need(head["v"] == 1 and head["format"] == "gptsnap archive in segments", "segments.json is of another format")
    encrypted = bool(head.get("recipients"))
    groups = {}
    for name in os.listdir(folder):
        m = NAME.fullmatch(name)
        if m:
            number = int(m[1])
            if number >= head["first"] and not 0 < head.get("limit", 0) <= number:
                groups.setdefault(number, []).append((name, m))
    numbers = sorted(groups)
    need(numbers == list(range(head["first"], head["first"] + len(numbers))), "segments are missing: %s" % numbers)
    out = []
    for number in numbers:
        uuids = {m[2] for _, m in groups[number]}
        need(len(uuids) == 1, "segment %d is there twice" % number)
        data = b""
        for name in cover(groups[number]):
            with open(os.path.join(folder, name), "rb") as f:
                part = f.read()
            need(name.endswith(".age") == encrypted, name + " does not belong here")
            if encrypted:
                part = filter_through(part, "age", "-d", "-i", identity)
            m = NAME.fullmatch(name)
            need(m[3] is None or (int(m[3]), int(m[4])) == (len(data), len(data) + len(part)), name + " is not as long as it says")
            data += part
        out.append((number, uuids.pop(), data))
    following = "%06d-" % (numbers[-1] + 1)
    return out, any(n.startswith(following) and n.endswith(".part") for n in os.listdir(folder))


def cover(files):
    """Those of the files of a segment that count, in their order: from byte 0
    on, of those that begin where the last one ended, the longest."""
    whole = [name for name, m in files if m[3] is None]
    if whole:
        return whole
    chosen, at = [], 0
    while True:
        more = [(int(m[4]), name) for name, m in files if int(m[3]) == at]
        if not more:
            break
        at, name = max(more)
        chosen.append(name)
    lost = [name for name, m in files if int(m[3]) > at and m[5] != "open.age"]
    need(not lost, "something is missing before " + ", ".join(lost))
    return chosen


# The pieces of a file: zstd frames, and skippable frames between them.


def frame_size(b, at):
    """How many bytes the zstd frame at b[at] has; None if it is not ended."""
    if at + 6 > len(b):
        return None
    need(struct.unpack_from("<I", b, at)[0] == 0xFD2FB528, "byte %d: no frame begins here" % at)
    d = b[at + 4]
    need(d & 4 and not d & 11, "byte %d: a frame without checksum, or with a dictionary" % at)
    single = d >> 5 & 1
    pos = at + 5 + (not single) + ([1, 2, 4, 8][d >> 6] if d >> 6 or single else 0)
    while pos + 3 <= len(b):
        head = b[pos] | b[pos + 1] << 8 | b[pos + 2] << 16
        pos += 3 + (1 if head >> 1 & 3 == 1 else head >> 3)
        if head & 1:
            return pos + 4 - at if pos + 4 <= len(b) else None
    return None


class Frame:
    """A data frame and its seal."""

    def __init__(self, b, at, size, previous):
        s = b[at + size : at + size + 132]
        self.size = size
        magic, length, word, version, self.flags, self.seq = struct.unpack_from("<II8sHHI", s)
        self.uuid = s[24:40].hex()
        stored, self.raw, self.records, zero = struct.unpack_from("<QQII", s, 40)
        self.chain = s[96:128]
        where = "the seal at byte %d: " % (at + size)
        need((magic, length, word, version, zero) == (0x184D2A57, 124, b"CHATSEAL", 1, 0), where + "no seal")
        need(struct.unpack_from("<I", s, 128)[0] == crc32c(s[:128]), where + "CRC")
        need(stored == size, where + "another size")
        need(s[64:96] == hashlib.sha256(b[at : at + size]).digest(), where + "SHA-256 of its frame")
        before = previous.chain if previous and self.seq else bytes(32)
        need(self.chain == hashlib.sha256(before + s[8:96]).digest(), where + "chain")
        need(self.seq == (previous.seq + 1 if previous and self.seq else 0), where + "number")
        need(not self.seq or previous.uuid == self.uuid, where + "segment")


def read_frames(b):
    """The frames of each segment with their content, and what is left at the
    end. Nothing but the last frame may lack anything."""
    segments, previous, entries, at = [], None, [], 0
    while at < len(b):
        if at + 8 > len(b):
            break
        magic, length = struct.unpack_from("<II", b, at)
        if magic & ~15 == 0x184D2A50:
            end = at + 8 + length
            if end > len(b):
                break
            if magic == 0x184D2A5E:
                check_table(b[at:end], entries)
            entries.append((end - at, 0))
        else:
            size = frame_size(b, at)
            if size is None or at + size + 132 > len(b):
                break
            frame = Frame(b, at, size, previous)
            end = at + size + 132
            if frame.seq == 0:
                segments.append([])
                entries = []
            segments[-1].append(frame)
            entries += [(size, frame.raw), (132, 0)]
            previous = frame
        at = end
    content, pos = filter_through(b, "zstd", "-q", "-d", "-c"), 0
    for frame in (f for s in segments for f in s):
        frame.content = content[pos : pos + frame.raw]
        pos += frame.raw
        need(len(frame.content) == frame.raw, "a frame unpacks to fewer bytes than its seal says")
    return segments, len(b) - at, content[pos:]


def check_table(table, entries):
    n, descriptor, magic = struct.unpack_from("<IBI", table, len(table) - 9)
    need((n, descriptor, magic) == (len(entries), 0, 0x8F92EAB1), "the end of a seek table")
    need(list(struct.iter_unpack("<II", table[8:-9])) == entries, "a seek table lists other frames than there are")


# The records in what the frames hold.


class Record:
    def __init__(self, name, meta, ends, frame=None, offset=None, body=None):
        self.name, self.meta = name, meta
        self.ends = ends  # the frame in which its meta ends
        self.frame, self.offset, self.body = frame, offset, body  # where its body begins, None for same_as


def entries_of(content):
    """The tar entries: name, place of the body, body. What is cut short is none."""
    at, size = 0, None
    while at + 512 <= len(content):
        head = content[at : at + 512]
        need(head[257:262] == b"ustar", "a tar header")
        need(int(head[148:156].strip(b"\0 "), 8) == sum(head) - sum(head[148:156]) + 8 * 32, "the checksum of a tar header")
        length = int(head[124:136].strip(b"\0 "), 8)
        if head[156:157] == b"x":
            size = int(re.fullmatch(rb"[0-9]+ size=([0-9]+)\n", content[at + 512 : at + 512 + length])[1])
        else:
            length, size = length if size is None else size, None
            if at + 512 + length > len(content):
                return
            yield head[:100].rstrip(b"\0").decode(), at + 512, content[at + 512 : at + 512 + length]
        at += 512 + (length + 511) // 512 * 512


def records_of(frames, torn):
    """The records of a segment, found in the tar stream itself."""
    out, group, first = [], b"", 0
    for number, frame in enumerate(frames + [None]):
        if frame is None:
            group, first = torn, number
        else:
            group += frame.content
            if not frame.flags & WHOLE:
                continue
        found, body = 0, None
        for name, offset, data in entries_of(group):
            if not name.endswith(".meta.json"):
                need(body is None, "two bodies in a row")
                body = (name, offset, data)
                continue
            meta, name = json.loads(data), name[: -len(".meta.json")]
            if "same_as" in meta:
                need(body is None, name + " has a body of its own")
                out.append(Record(name, meta, number))
            else:
                need(body and body[0] == name, name + " has no body")
                need(len(body[2]) == meta["size"] and hashlib.sha256(body[2]).hexdigest() == meta["sha256"], name + " has another body")
                out.append(Record(name, meta, number, first, body[1], body[2]))
            found, body = found + 1, None
        if frame is not None:
            need(body is None and found == frame.records, "a seal counts other records than there are")
        group, first = b"", number + 1
    return out


def check_manifests(frames, records):
    """What the manifests of a segment say must be what is there."""
    by_frame = {r.frame: r for r in records if r.meta["kind"] in ("runs", "checkpoint")}
    by_name = {r.name: r for r in records}
    ends = [i for i, f in enumerate(frames) if f.flags & MANIFEST and f.flags & WHOLE]
    if not ends:
        return 0
    start = ends[-1]
    while not frames[start - 1].flags & WHOLE:
        start -= 1
    listed = []
    while start is not None:
        manifest = by_frame[start]
        need(manifest.meta["kind"] == "runs", "a manifest of another kind")
        head, lines = lines_of(manifest)
        listed.append(manifest.name)
        if "checkpoint" in head:
            point = by_frame[head["checkpoint"]]
            listed.append(point.name)
            lines += lines_of(point)[1]
        for line in lines:
            name, at = line.pop("path"), line.pop("at", None)
            r = by_name[name]
            need(line == r.meta, "a manifest says otherwise of " + name)
            source = by_name.get(line.get("same_as")) if "same_as" in line else r
            need(at == (source and [source.frame, source.offset]), "a manifest says that %s lies elsewhere" % name)
            listed.append(name)
        start = None if "checkpoint" in head else head.get("prev")
    need(set(listed) == {r.name for r in records if 0 < r.ends <= ends[-1]}, "manifests list other records than there are")
    return len(listed)


def lines_of(manifest):
    lines = [json.loads(line) for line in manifest.body.splitlines()]
    need(lines[0]["v"] == 1 and lines[0]["records"] == len(lines) - 1, "the first line of a manifest")
    return lines[0], lines[1:]


def main(path, identity=None):
    under_way = False
    if os.path.isdir(path):
        parts, under_way = segments_of(path, identity)
        data = b"".join(d for _, _, d in parts)
        uuids = [u for _, u, _ in parts]
    else:
        with open(path, "rb") as f:
            data = f.read()
        uuids = None
    segments, left, torn = read_frames(data)
    names, bodies, same, before, listed = [], {}, [], "", 0
    for i, frames in enumerate(segments):
        last = i + 1 == len(segments)
        records = records_of(frames, torn if last else b"")
        readme, info = records[:2]
        need(readme.name == "README.txt" and info.name == "archive.json", "the first frame")
        about = json.loads(info.body)
        need(about["format"] == 1 and not about["features"]["read"], "a newer format")
        need(about["uuid"].replace("-", "") == frames[0].uuid, "archive.json names another segment")
        need(uuids is None or frames[0].uuid.startswith(uuids[i]), "a file has another segment's name")
        need(about.get("after", "") in ("", before), "a segment follows another than it says")
        need(last or not frames[-1].flags & CONTINUED or about.get("after", before) == before, "a segment is missing")
        before = about["uuid"]
        listed += check_manifests(frames, records)
        for r in records[2:]:
            if r.body is None:
                same.append(r)
            else:
                bodies[r.name] = r.body
            names.append((r.meta["seq"], "%s %s %s %s" % (r.name, r.meta["sha256"], r.meta["kind"], r.meta["id"])))
    for r in same:  # only now, for compaction may have put the other one after it
        body = bodies.get(r.meta["same_as"])
        need(body is not None and hashlib.sha256(body).hexdigest() == r.meta["sha256"], r.name + " is the same as nothing")
    for _, line in sorted(names):
        print(line)
    if left:
        print("TORN: %d bytes after the last seal" % left)
    if segments[-1][-1].flags & CONTINUED and not under_way:
        print("INCOMPLETE: another segment follows")
    print("%d segments, %d frames, %d records, %d of them listed" % (len(segments), sum(map(len, segments)), len(names), listed))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Damage as wrong:
        sys.exit("damaged: %s" % wrong)
