// Checks a log in a folder with Go's golang.org/x/mod/sumdb packages note and tlog, unmodified.
//
// Usage: check FOLDER ORIGIN KEY OLD PROOFS. KEY is the base64 of the 32-byte Ed25519 key; OLD is the size of an
// older tree; PROOFS is a JSON file of our own proofs: [{"index", "hashes"}] and the consistency proof from OLD.
// It prints what it found, and exits with 1 at the first thing that does not hold.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"check/sumdb/note"
	"check/sumdb/tlog"
)

type proofs struct {
	Inclusion []struct {
		Index  int64
		Hashes []string
	}
	OldRoot     string
	Consistency []string
}

type reader struct{ folder string }

func (r reader) Height() int { return 8 }

func (r reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// C2SP tlog-tiles leaves the height out of the path that Go's tlog writes.
func (r reader) path(t tlog.Tile) string {
	return filepath.Join(r.folder, strings.Replace(t.Path(), "tile/8/", "tile/", 1))
}

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(r.path(t))
		if err != nil {
			whole := t
			whole.W = 256
			data, err = os.ReadFile(r.path(whole))
			if err != nil {
				return nil, err
			}
			data = data[:t.W*32]
		}
		out = append(out, data)
	}
	return out, nil
}

func stop(format string, a ...any) {
	fmt.Printf("not verified: "+format+"\n", a...)
	os.Exit(1)
}

func hashOf(text string) tlog.Hash {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) != 32 {
		stop("a hash in the proofs is unreadable")
	}
	var h tlog.Hash
	copy(h[:], data)
	return h
}

func hashesOf(texts []string) []tlog.Hash {
	hashes := []tlog.Hash{}
	for _, t := range texts {
		hashes = append(hashes, hashOf(t))
	}
	return hashes
}

// verifierKey is the text "name+hash+key" that note.NewVerifier reads.
func verifierKey(origin, key string) string {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		stop("the key is unreadable")
	}
	typed := append([]byte{1}, raw...)
	sum := sha256.Sum256(append([]byte(origin+"\n"), typed...))
	return fmt.Sprintf("%s+%08x+%s", origin, binary.BigEndian.Uint32(sum[:4]), base64.StdEncoding.EncodeToString(typed))
}

func checkpoint(folder, origin, key string) tlog.Tree {
	verifier, err := note.NewVerifier(verifierKey(origin, key))
	if err != nil {
		stop("key: %v", err)
	}
	stored, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		stop("checkpoint: %v", err)
	}
	opened, err := note.Open(stored, note.VerifierList(verifier))
	if err != nil {
		stop("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != origin {
		stop("checkpoint text")
	}
	return tlog.Tree{N: size, Hash: hashOf(lines[2])}
}

// entries reads the leaves of every entry bundle and compares each one's hash with the log's.
func entries(folder string, tree tlog.Tree, hashes tlog.HashReader) {
	for first := int64(0); first < tree.N; first += 256 {
		width := min(tree.N-first, 256)
		t := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(width)}
		path := strings.Replace(reader{folder}.path(t), "tile/0/", "tile/entries/", 1)
		data, err := os.ReadFile(path)
		if err != nil {
			stop("entries: %v", err)
		}
		indexes := []int64{}
		for i := range width {
			indexes = append(indexes, tlog.StoredHashIndex(0, first+i))
		}
		stored, err := hashes.ReadHashes(indexes)
		if err != nil {
			stop("tiles: %v", err)
		}
		for i := range width {
			length := int(binary.BigEndian.Uint16(data))
			if tlog.RecordHash(data[2:2+length]) != stored[i] {
				stop("leaf %d is not the one that the tree holds", first+i)
			}
			data = data[2+length:]
		}
	}
}

func main() {
	folder, origin := os.Args[1], os.Args[2]
	tree := checkpoint(folder, origin, os.Args[3])
	old, _ := strconv.ParseInt(os.Args[4], 10, 64)
	var ours proofs
	data, err := os.ReadFile(os.Args[5])
	if err != nil || json.Unmarshal(data, &ours) != nil {
		stop("the proofs are unreadable")
	}
	hashes := tlog.TileHashReader(tree, reader{folder})
	if root, err := tlog.TreeHash(tree.N, hashes); err != nil || root != tree.Hash {
		stop("the tiles' root is not the checkpoint's: %v", err)
	}
	entries(folder, tree, hashes)
	for _, p := range ours.Inclusion {
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, p.Index)})
		if err != nil {
			stop("tiles: %v", err)
		}
		if err := tlog.CheckRecord(hashesOf(p.Hashes), tree.N, tree.Hash, p.Index, leaf[0]); err != nil {
			stop("inclusion of %d: %v", p.Index, err)
		}
		theirs, err := tlog.ProveRecord(tree.N, p.Index, hashes)
		if err != nil || fmt.Sprint([]tlog.Hash(theirs)) != fmt.Sprint(hashesOf(p.Hashes)) {
			stop("Go's own proof of %d is another: %v", p.Index, err)
		}
	}
	if err := tlog.CheckTree(hashesOf(ours.Consistency), tree.N, tree.Hash, old, hashOf(ours.OldRoot)); err != nil {
		stop("consistency: %v", err)
	}
	fmt.Printf("verified: %d leaves, %d inclusion proofs, consistency from %d\n", tree.N, len(ours.Inclusion), old)
}
