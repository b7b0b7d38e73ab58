// Scores of item vectors with the best of them kept on the way: scores never leave the workgroup that made them.
//
// The host puts these constants in front (shader.rs):
//   BLOCKS   queries of a workgroup, by four: 1, 2 or 4     KEPT     entries of a finished list
//   POOL     entries that a query collects before it condenses them to KEPT; a multiple of LANES, at least KEPT + LANES
//   dot4     sum of four products of signed bytes
//
// Rows lie in groups of 256, four to each of 64 lanes: word w of a lane's four rows is `rows[(group * words + w) * 64 + lane]`,
// so that a workgroup reads without gaps. A word holds two halves or four bytes; int8 rows end in two more words, the scale
// and the cell. A list entry is the bits of a score and the number of a row; NOTHING stands where there are fewer.

const LANES = 64u;
const QUERIES = 4u * BLOCKS;
const SHARE = POOL / LANES;
const NOTHING = 0xffffffffu;
const LOWEST = -3.4028234e38f;

struct Scan {
  words: u32,       // of a row
  groups: u32,      // of rows in this buffer
  first_group: u32, // of this buffer among all
  steps: u32,       // groups of a tile
  first_tile: u32,  // of this buffer among all
  tiles: u32,       // of all buffers
  cells: u32,
}

@group(0) @binding(0) var<uniform> scan: Scan;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
// For each block of QUERIES, and each two words of a row: one entry a query. f16: four coordinates. int8: high and low bytes of
// four coordinates, then of the next four.
@group(0) @binding(2) var<storage, read> queries: array<vec4<u32>>;
// A bit for each row that is not to be found, the ones that fill the last group among them.
@group(0) @binding(3) var<storage, read> barred: array<u32>;
// By query and tile: KEPT entries, best first.
@group(0) @binding(4) var<storage, read_write> lists: array<vec2<u32>>;
// int8: by query, what each cell adds to its rows, and then the query's scale.
@group(0) @binding(5) var<storage, read> offsets: array<f32>;

var<workgroup> pool: array<vec2<u32>, QUERIES * POOL>;
var<workgroup> sizes: array<atomic<u32>, QUERIES>;
// A score has to be above this to be collected.
var<workgroup> floors: array<f32, QUERIES>;
// A bit for each query whose pool may not hold what the next round brings.
var<workgroup> brim: atomic<u32>;
var<workgroup> brim_seen: u32;

fn begin(lane: u32) {
  if lane < QUERIES {
    atomicStore(&sizes[lane], 0u);
    floors[lane] = LOWEST;
  }
  if lane == 0u {
    atomicStore(&brim, 0u);
  }
  workgroupBarrier();
}

// At most one score a lane, query and round.
fn offer(query: u32, score: f32, row: u32) {
  if score > floors[query] {
    let place = atomicAdd(&sizes[query], 1u);
    pool[query * POOL + place] = vec2(bitcast<u32>(score), row);
    if place + LANES >= POOL {
      atomicOr(&brim, 1u << query);
    }
  }
}

fn offer_four(first: u32, scores: vec4<f32>, row: u32) {
  offer(first, scores.x, row);
  offer(first + 1u, scores.y, row);
  offer(first + 2u, scores.z, row);
  offer(first + 3u, scores.w, row);
}

// Ends a round: makes room in the pools that are nearly full.
fn settle(lane: u32) {
  workgroupBarrier();
  if lane == 0u {
    brim_seen = atomicExchange(&brim, 0u);
  }
  var left = workgroupUniformLoad(&brim_seen);
  while left != 0u {
    condense(firstTrailingBit(left), lane);
    left &= left - 1u;
  }
}

// Leaves the best KEPT entries of a pool, best first. A place is the number of better entries: as quick as a sorting network
// for so few, and two barriers in all.
fn condense(query: u32, lane: u32) {
  let base = query * POOL;
  let size = min(atomicLoad(&sizes[query]), POOL);
  var entries: array<vec2<u32>, SHARE>;
  var places: array<u32, SHARE>;
  for (var s = 0u; s < SHARE; s++) {
    let at = s * LANES + lane;
    places[s] = POOL;
    if at < size {
      let entry = pool[base + at];
      let score = bitcast<f32>(entry.x);
      var better = 0u;
      for (var other = 0u; other < size; other++) {
        let rival = pool[base + other];
        let theirs = bitcast<f32>(rival.x);
        better += select(0u, 1u, theirs > score || (theirs == score && rival.y < entry.y));
      }
      entries[s] = entry;
      places[s] = better;
    }
  }
  workgroupBarrier();
  for (var s = 0u; s < SHARE; s++) {
    if places[s] < KEPT {
      pool[base + places[s]] = entries[s];
    }
    if places[s] == KEPT - 1u {
      floors[query] = bitcast<f32>(entries[s].x);
    }
  }
  if lane == 0u {
    atomicStore(&sizes[query], min(size, KEPT));
  }
  workgroupBarrier();
}

// Where list `list` of `query` begins.
fn write_list(query: u32, start: u32, lane: u32) {
  condense(query, lane);
  let size = atomicLoad(&sizes[query]);
  for (var at = lane; at < KEPT; at += LANES) {
    var entry = vec2(bitcast<u32>(LOWEST), NOTHING);
    if at < size {
      entry = pool[query * POOL + at];
    }
    lists[start + at] = entry;
  }
}

fn write_tile(block: u32, tile: u32, lane: u32) {
  for (var query = 0u; query < QUERIES; query++) {
    write_list(query, ((block * QUERIES + query) * scan.tiles + scan.first_tile + tile) * KEPT, lane);
  }
}

// One row of each lane against all queries of the workgroup.
fn round(row: u32, lane: u32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) {
  if ((barred[row >> 5u] >> (row & 31u)) & 1u) == 0u {
    offer_four(0u, a, row);
    if BLOCKS > 1u {
      offer_four(4u, b, row);
    }
    if BLOCKS > 2u {
      offer_four(8u, c, row);
      offer_four(12u, d, row);
    }
  }
  settle(lane);
}

// Four rows of each lane: matrices of rows (columns) by queries (rows).
fn rounds(first: u32, lane: u32, a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32>) {
  round(first, lane, a[0], b[0], c[0], d[0]);
  round(first + 1u, lane, a[1], b[1], c[1], d[1]);
  round(first + 2u, lane, a[2], b[2], c[2], d[2]);
  round(first + 3u, lane, a[3], b[3], c[3], d[3]);
}

fn floats(at: u32) -> mat4x4<f32> {
  return mat4x4(
    bitcast<vec4<f32>>(queries[at]),
    bitcast<vec4<f32>>(queries[at + 1u]),
    bitcast<vec4<f32>>(queries[at + 2u]),
    bitcast<vec4<f32>>(queries[at + 3u]),
  );
}

@compute @workgroup_size(64)
fn scan_f16(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  begin(lane);
  let pairs = scan.words / 2u;
  let first_query = group.x * pairs * QUERIES;
  let first = group.y * scan.steps;
  for (var g = first; g < min(first + scan.steps, scan.groups); g++) {
    var a = mat4x4<f32>();
    var b = mat4x4<f32>();
    var c = mat4x4<f32>();
    var d = mat4x4<f32>();
    for (var pair = 0u; pair < pairs; pair++) {
      let at = (g * scan.words + 2u * pair) * LANES + lane;
      let u = rows[at];
      let v = rows[at + LANES];
      // Rows by coordinates, then coordinates by queries.
      let four = transpose(mat4x4(
        vec4(unpack2x16float(u.x), unpack2x16float(v.x)),
        vec4(unpack2x16float(u.y), unpack2x16float(v.y)),
        vec4(unpack2x16float(u.z), unpack2x16float(v.z)),
        vec4(unpack2x16float(u.w), unpack2x16float(v.w)),
      ));
      let query = first_query + pair * QUERIES;
      a += four * floats(query);
      if BLOCKS > 1u {
        b += four * floats(query + 4u);
      }
      if BLOCKS > 2u {
        c += four * floats(query + 8u);
        d += four * floats(query + 12u);
      }
    }
    let row = ((scan.first_group + g) * LANES + lane) * 4u;
    rounds(row, lane, transpose(a), transpose(b), transpose(c), transpose(d));
  }
  write_tile(group.x, group.y, lane);
}

// Integer products of four rows with four queries.
struct Products {
  a: vec4<i32>,
  b: vec4<i32>,
  c: vec4<i32>,
  d: vec4<i32>,
}

fn dots(rows: vec4<u32>, query: u32) -> vec4<i32> {
  return vec4(dot4(rows.x, query), dot4(rows.y, query), dot4(rows.z, query), dot4(rows.w, query));
}

// A 16-bit coordinate is 256 times its high byte, and its low byte less 128, and 128: the last is the same for all queries.
fn sixteen(sum: vec4<i32>, u: vec4<u32>, v: vec4<u32>, query: vec4<u32>) -> vec4<i32> {
  return sum + (dots(u, query.x) + dots(v, query.z)) * 256 + dots(u, query.y) + dots(v, query.w);
}

fn multiply(sums: Products, u: vec4<u32>, v: vec4<u32>, at: u32) -> Products {
  return Products(
    sixteen(sums.a, u, v, queries[at]),
    sixteen(sums.b, u, v, queries[at + 1u]),
    sixteen(sums.c, u, v, queries[at + 2u]),
    sixteen(sums.d, u, v, queries[at + 3u]),
  );
}

fn score(query: u32, sums: vec4<i32>, scales: vec4<f32>, cells: vec4<u32>) -> vec4<f32> {
  let base = query * (scan.cells + 1u);
  let starts = vec4(offsets[base + cells.x], offsets[base + cells.y], offsets[base + cells.z], offsets[base + cells.w]);
  return starts + (offsets[base + scan.cells] * scales) * vec4<f32>(sums);
}

fn scores(query: u32, sums: Products, same: vec4<i32>, scales: vec4<f32>, cells: vec4<u32>) -> mat4x4<f32> {
  return transpose(mat4x4(
    score(query, sums.a + same, scales, cells),
    score(query + 1u, sums.b + same, scales, cells),
    score(query + 2u, sums.c + same, scales, cells),
    score(query + 3u, sums.d + same, scales, cells),
  ));
}

@compute @workgroup_size(64)
fn scan_int8(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  begin(lane);
  let pairs = scan.words / 2u - 1u;
  let first_query = group.x * pairs * QUERIES;
  let first = group.y * scan.steps;
  for (var g = first; g < min(first + scan.steps, scan.groups); g++) {
    var a = Products();
    var b = Products();
    var c = Products();
    var d = Products();
    var same = vec4<i32>();
    let start = g * scan.words * LANES + lane;
    for (var pair = 0u; pair < pairs; pair++) {
      let at = start + 2u * pair * LANES;
      let u = rows[at];
      let v = rows[at + LANES];
      same += dots(u, 0x01010101u) + dots(v, 0x01010101u);
      let query = first_query + pair * QUERIES;
      a = multiply(a, u, v, query);
      if BLOCKS > 1u {
        b = multiply(b, u, v, query + 4u);
      }
      if BLOCKS > 2u {
        c = multiply(c, u, v, query + 8u);
        d = multiply(d, u, v, query + 12u);
      }
    }
    same *= 128;
    let scales = bitcast<vec4<f32>>(rows[start + 2u * pairs * LANES]);
    let cells = rows[start + (2u * pairs + 1u) * LANES];
    let query = group.x * QUERIES;
    var more = array<mat4x4<f32>, 3>();
    if BLOCKS > 1u {
      more[0] = scores(query + 4u, b, same, scales, cells);
    }
    if BLOCKS > 2u {
      more[1] = scores(query + 8u, c, same, scales, cells);
      more[2] = scores(query + 12u, d, same, scales, cells);
    }
    let row = ((scan.first_group + g) * LANES + lane) * 4u;
    rounds(row, lane, scores(query, a, same, scales, cells), more[0], more[1], more[2]);
  }
  write_tile(group.x, group.y, lane);
}

struct Merge {
  lists: u32, // of a query, before
  fan: u32,   // lists that become one
}

@group(0) @binding(6) var<uniform> merging: Merge;
@group(0) @binding(7) var<storage, read> before: array<vec2<u32>>;

// Makes one list of `fan` lists of a query.
@compute @workgroup_size(64)
fn merge(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  begin(lane);
  let first = group.x * merging.fan;
  let count = (min(first + merging.fan, merging.lists) - first) * KEPT;
  let start = (group.y * merging.lists + first) * KEPT;
  for (var at = 0u; at < count; at += LANES) {
    if at + lane < count {
      let entry = before[start + at + lane];
      if entry.y != NOTHING {
        offer(0u, bitcast<f32>(entry.x), entry.y);
      }
    }
    settle(lane);
  }
  write_list(0u, (group.y * groups.x + group.x) * KEPT, lane);
}
