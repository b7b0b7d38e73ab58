//! The catalogue of the tests: twelve squares of a checkerboard, about which every right answer is known by construction.
//!
//! Columns a to d, rows 1 to 3, numbered column by column. What goes together lies on a diagonal (same colour), what comes
//! next lies one row up (other colour), and vectors point by colour first, then by column, then by row.

pub const ITEMS: u32 = 12;
pub const ROWS: u32 = 3;
/// First ordinal and number of items of each cell; of different size, so that neither can pass for the other.
pub const CELLS: [(u32, u32); 2] = [(0, 5), (5, 7)];
/// The same board in cells of one to three squares, none of which lies in two columns.
pub const SMALL_CELLS: [(u32, u32); 6] = [(0, 2), (2, 1), (3, 3), (6, 2), (8, 1), (9, 3)];
/// Two colours, four columns, three rows: one more than a kernel's eight lanes.
pub const DIM: usize = 9;

pub fn column(item: u32) -> u32 {
    item / ROWS
}

pub fn row(item: u32) -> u32 {
    item % ROWS
}

/// a1 is dark, as on every board.
pub fn dark(item: u32) -> bool {
    (column(item) + row(item)).is_multiple_of(2)
}

/// Keys of letters: `a1`.
pub fn text_key(item: u32) -> String {
    format!("{}{}", char::from(b'a' + column(item) as u8), row(item) + 1)
}

/// Keys that are numbers: `11`.
pub fn number_key(item: u32) -> String {
    format!("{}{}", column(item) + 1, row(item) + 1)
}

/// The square of a text key.
pub fn square(key: &str) -> u32 {
    (0..ITEMS).find(|&item| text_key(item) == key).expect("a square of the board")
}

/// Exact in half precision: 1 for the colour, 1/8 for the column, 1/16 for the row.
pub fn vector(item: u32) -> [f32; DIM] {
    let mut vector = [0.0; DIM];
    vector[usize::from(!dark(item))] = 1.0;
    vector[2 + column(item) as usize] = 0.125;
    vector[6 + row(item) as usize] = 0.0625;
    vector
}

/// Exact for the products of the board, whatever the order of additions.
pub fn dot(a: &[f32; DIM], b: &[f32; DIM]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Table `i2i`: the touching squares of the same colour; to the right with weight 1, to the left with 1/4.
pub fn diagonal(item: u32) -> Vec<(u32, f32)> {
    let touches = |&other: &u32| column(other).abs_diff(column(item)) == 1 && row(other).abs_diff(row(item)) == 1;
    (0..ITEMS).filter(touches).map(|other| (other, if other > item { 1.0 } else { 0.25 })).collect()
}

/// Table `next`: the square above, if there is one.
pub fn above(item: u32) -> Vec<(u32, f32)> {
    if row(item) + 1 < ROWS { vec![(item + 1, 0.5)] } else { Vec::new() }
}

/// Key, users and items of the crowd lists, best first. Everyone's holds the whole board backwards.
pub fn crowds() -> [(&'static str, u32, Vec<u32>); 3] {
    let everyone = (0..ITEMS).rev().collect();
    [("", 90, everyone), ("age=18", 30, vec![square("b2"), square("a1")]), ("age=18&sex=F", 20, vec![square("c3")])]
}

/// The other lists by key: of colours and of the left column, of the two cohorts, of what is new.
pub fn lists() -> [(&'static str, u32, Vec<u32>); 6] {
    let of = |colour: bool| (0..ITEMS).filter(move |&item| dark(item) == colour);
    [
        ("%a:colour=dark", 20, of(true).collect()),
        ("%a:colour=light", 20, of(false).collect()),
        ("%a:place=left", 10, vec![square("a3"), square("a2"), square("a1")]),
        ("%c:0", 9, of(true).rev().collect()),
        ("%c:1", 8, of(false).rev().collect()),
        ("%new", 0, vec![square("d3"), square("d1")]),
    ]
}

/// Where the cohorts lie: those who like dark squares, those who like light ones.
pub fn cohorts() -> [[f32; DIM]; 2] {
    [0, 1].map(|colour| {
        let mut mean = [0.0; DIM];
        mean[colour] = 127.0;
        mean
    })
}

/// Score of the entry at `place` of a crowd list: squares of multiples of 1/255, so that the codes lose nothing.
pub fn crowd_score(place: usize) -> f32 {
    let root = (255 - 15 * place) as f32 * (1.0 / 255.0);
    root * root
}

/// Popularity of a square, another one for each.
pub fn gain(item: u32) -> u8 {
    5 * item as u8
}

/// Fingerprint of a square: no two alike but those of d3 and d2, which differ in two bits; a1 has none.
pub fn print(item: u32) -> u64 {
    match item {
        0 => 0,
        10 => print(11) ^ 0b101,
        _ => 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(u64::from(item) + 1),
    }
}

/// Display fields: the name of a square, and what stands in its middle row.
pub fn fields(item: u32) -> [String; 2] {
    [format!("Square {}", text_key(item)), if row(item) == 1 { "in the middle – ½".into() } else { String::new() }]
}
