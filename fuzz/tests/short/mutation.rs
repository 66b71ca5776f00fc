//! Mutations of inputs, as data: proptest makes them up from a seed, and leaves out those that a failure does not need.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::seeds::Seeds;

/// The largest input, in bytes.
const INPUT_MAX: usize = 64 << 10;

/// An input that is made of a seed.
#[derive(Clone, Debug)]
pub struct Mutated {
    seed: Index,
    mutations: Vec<Mutation>,
}

/// Something that happens to an input; places are shares of its length.
#[derive(Clone, Debug)]
enum Mutation {
    FlipBit {
        at: Index,
        bit: u8,
    },
    Put {
        at: Index,
        byte: u8,
    },
    Remove {
        at: Index,
        length: usize,
    },
    Repeat {
        at: Index,
        length: usize,
        times: usize,
    },
    SwapLines {
        one: Index,
        other: Index,
    },
    InsertWord {
        at: Index,
        word: Index,
    },
    Overwrite {
        at: Index,
        word: Index,
    },
    Splice {
        at: Index,
        of: Index,
        from: Index,
        length: usize,
    },
    CutAt {
        at: Index,
    },
}

/// Makes up inputs.
pub fn mutated() -> impl Strategy<Value = Mutated> {
    let mutations = prop::collection::vec(mutation(), 1..6);
    (any::<Index>(), mutations).prop_map(|(seed, mutations)| Mutated { seed, mutations })
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    let length = || prop_oneof![3 => 1..8_usize, 1 => 8..200_usize];
    prop_oneof![
        3 => (place(), 0..8_u8).prop_map(|(at, bit)| Mutation::FlipBit { at, bit }),
        2 => (place(), any::<u8>()).prop_map(|(at, byte)| Mutation::Put { at, byte }),
        3 => (place(), length()).prop_map(|(at, length)| Mutation::Remove { at, length }),
        2 => (place(), length(), 1..6_usize)
            .prop_map(|(at, length, times)| Mutation::Repeat { at, length, times }),
        2 => (place(), place()).prop_map(|(one, other)| Mutation::SwapLines { one, other }),
        4 => (place(), place()).prop_map(|(at, word)| Mutation::InsertWord { at, word }),
        3 => (place(), place()).prop_map(|(at, word)| Mutation::Overwrite { at, word }),
        2 => (place(), place(), place(), length())
            .prop_map(|(at, of, from, length)| Mutation::Splice { at, of, from, length }),
        1 => place().prop_map(|at| Mutation::CutAt { at }),
    ]
}

impl Mutated {
    /// Makes the input.
    pub fn bytes(&self, seeds: &Seeds) -> Vec<u8> {
        let mut bytes = self.seed.get(&seeds.files).1.clone();
        for mutation in &self.mutations {
            mutation.apply(&mut bytes, seeds);
            bytes.truncate(INPUT_MAX);
        }
        bytes
    }
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>, seeds: &Seeds) {
        // The place behind the last byte is one, too.
        let place = |at: &Index| at.index(bytes.len() + 1);
        match self {
            Self::FlipBit { at, bit } => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Put { at, byte } => {
                let at = place(at);
                bytes.insert(at, *byte);
            }
            Self::Remove { at, length } => {
                let at = place(at);
                drop(bytes.drain(at..bytes.len().min(at + length)));
            }
            Self::Repeat { at, length, times } => {
                let at = place(at);
                let chunk = bytes[at..bytes.len().min(at + length)].repeat(*times);
                drop(bytes.splice(at..at, chunk));
            }
            Self::SwapLines { one, other } => swap_lines(bytes, one, other),
            Self::InsertWord { at, word } => {
                let at = place(at);
                drop(bytes.splice(at..at, chosen(&seeds.words, word)));
            }
            Self::Overwrite { at, word } => {
                let (at, word) = (place(at), chosen(&seeds.words, word));
                let end = bytes.len().min(at + word.len());
                drop(bytes.splice(at..end, word));
            }
            Self::Splice {
                at,
                of,
                from,
                length,
            } => {
                let other = &of.get(&seeds.files).1;
                let from = from.index(other.len() + 1);
                let chunk = other[from..other.len().min(from + length)].to_vec();
                let at = place(at);
                drop(bytes.splice(at..at, chunk));
            }
            Self::CutAt { at } => {
                let at = place(at);
                bytes.truncate(at);
            }
        }
    }
}

/// Chooses a word; an empty dictionary has only the empty one.
fn chosen(words: &[Vec<u8>], at: &Index) -> Vec<u8> {
    match words {
        [] => Vec::new(),
        words => at.get(words).clone(),
    }
}

fn swap_lines(bytes: &mut Vec<u8>, one: &Index, other: &Index) {
    let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if !lines.is_empty() {
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        lines.swap(one, other);
        *bytes = lines.concat();
    }
}
