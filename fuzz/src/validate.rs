//! `Request::validate` accepts exactly what a strict prost decodes, and views read the same.
#![no_main]

#[path = "../../pdata/tests/common/mod.rs"]
mod common;

use common::generate::{self, Dice, Varints};
use common::mutate::{distort, mutate, scramble};
use common::{descriptors, oracle, tree};
use libfuzzer_sys::fuzz_target;
use pdata::Limits;

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let signal = common::signal(dice.byte());
    let how = dice.byte();
    if how < 128 {
        oracle::agree(signal, dice.0, &Limits::default());
        return;
    }
    // The input as choices: reaches deep into messages at once.
    let bytes = generate::request(signal, &mut dice, Varints::Padded);
    let mut message = tree::read(descriptors::request(signal), &bytes, 0..bytes.len(), 64).unwrap();
    if how & 1 != 0 {
        scramble(&mut message, &mut dice);
    }
    if how & 2 != 0 {
        distort(&mut message, &mut dice);
    }
    let mut bytes = message.encode();
    if how & 4 != 0 {
        bytes = mutate(bytes, &mut dice);
    }
    oracle::agree(signal, &bytes, &Limits::default());
});
