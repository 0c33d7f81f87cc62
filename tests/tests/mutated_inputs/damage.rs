//! Damage of the kinds that files, networks and people do.

use fastrand::Rng;

/// What parsers stumble over.
const PIECES: [&[u8]; 30] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\\u0000",
    b"\\ud800",
    b"\\u202e",
    b"%25",
    b"%7B",
    b"%zz",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\x1b[2J",
    b"\n",
    b"\0",
    b"*",
    b"?",
    b"${aws:username}",
    b"arn:aws:iam::111122223333:user/ada",
    b"9999-12-31T23:59:59Z",
    b"N/A",
];

/// An input of the corpus after a few accidents.
pub(super) fn damaged(random: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = random.choice(corpus).unwrap().clone();
    for _ in 0..random.usize(1..=4) {
        accident(random, &mut input, corpus);
    }
    input
}

fn accident(random: &mut Rng, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = random.usize(0..=input.len());
    let length = random.usize(0..=16);
    let end = (at + length).min(input.len());
    match random.u8(0..8) {
        0 if at < input.len() => input[at] ^= 1 << random.u8(0..8),
        1 => drop(input.drain(at..end)),
        2 => {
            let part = input[at..end].to_vec();
            let times = if random.u8(0..16) == 0 { 1_000 } else { 2 };
            drop(input.splice(at..at, part.repeat(times)));
        }
        3 => input.truncate(at),
        4 => {
            // The rest of another one.
            let other = random.choice(corpus).unwrap();
            let from = random.usize(0..=other.len());
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        5 => drop(input.splice(at..at, b"[".repeat(random.usize(1..100)))),
        _ => drop(input.splice(at..end, random.choice(PIECES).unwrap().iter().copied())),
    }
}
