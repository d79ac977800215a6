//! Messages of any signal made from dice: every field of every message type, empty, huge and
//! foreign strings, unknown fields anywhere, fields out of order.

use super::descriptors::{self, Field, Message, Type};
use pdata::Signal;
use prost::encoding::{WireType, encode_key, encode_varint};

/// Random choices from given bytes; zeros, the smallest choice, when they run out. Fewer or
/// smaller bytes make a smaller message, so property tests shrink.
#[derive(Debug)]
pub struct Dice<'a>(pub &'a [u8]);

impl Dice<'_> {
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `bound`, which is small.
    pub fn below(&mut self, bound: usize) -> usize {
        match bound {
            0 | 1 => 0,
            2..=256 => usize::from(self.byte()) % bound,
            _ => (usize::from(self.byte()) << 8 | usize::from(self.byte())) % bound,
        }
    }

    /// Whether something that happens once in `times` happens. Never without dice.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    fn number(&mut self) -> u64 {
        match self.below(8) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => i64::MIN as u64,
            4 => 1 << 31,
            5 => u64::from(self.byte()),
            _ => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    fn text(&mut self) -> String {
        let len = match self.below(16) {
            0 => return String::new(),
            // Around the lengths at which a length prefix grows.
            1 => [125, 126, 127, 128, 129][self.below(5)],
            2 => [16_380, 16_383, 16_384, 20_000][self.below(4)],
            _ => self.below(24),
        };
        let alphabet = ["a", "secret", "0", "ü", "\u{10ffff}", "\0", "@example.com"];
        let mut text = String::new();
        while text.len() < len {
            let letter = if len > 100 { "x" } else { alphabet[self.below(alphabet.len())] };
            text.push_str(letter);
        }
        text
    }
}

/// How varints in tags, lengths and values are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Varints {
    Minimal,
    /// Sometimes longer than need be, which is legal.
    Padded,
}

/// A canonical export request.
pub fn request(signal: Signal, dice: &mut Dice<'_>, varints: Varints) -> Vec<u8> {
    Generator { dice, varints }.message(descriptors::request(signal), 12)
}

/// The payload of an `AnyValue`, up to `depth` levels deep.
pub fn any_value(dice: &mut Dice<'_>, depth: u32) -> Vec<u8> {
    let of = descriptors::message(".opentelemetry.proto.common.v1.AnyValue");
    Generator { dice, varints: Varints::Minimal }.message(of, depth)
}

struct Generator<'d, 'b> {
    dice: &'d mut Dice<'b>,
    varints: Varints,
}

impl Generator<'_, '_> {
    fn message(&mut self, of: &'static Message, depth: u32) -> Vec<u8> {
        let member = self.dice.below(of.fields.iter().filter(|field| field.oneof()).count() + 1);
        let mut members = 0;
        let mut fields = Vec::new();
        for field in &of.fields {
            let leaf = field.kind() != Type::Message;
            let times = match (field.oneof(), field.repeated()) {
                (true, _) => {
                    members += 1;
                    usize::from(members == member && (leaf || depth > 0))
                }
                _ if !leaf && depth == 0 => 0,
                (_, true) => self.dice.below(4),
                (_, false) => self.dice.below(2),
            };
            for _ in 0..times {
                if self.dice.once_in(16) {
                    fields.push(self.unknown(of));
                }
                fields.push(self.field(field, depth));
            }
        }
        if self.dice.once_in(4) {
            for index in (1..fields.len()).rev() {
                fields.swap(index, self.dice.below(index + 1));
            }
        }
        fields.concat()
    }

    fn field(&mut self, field: &'static Field, depth: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let (wire, mut value) = match field.kind() {
            Type::String => (WireType::LengthDelimited, self.dice.text().into_bytes()),
            Type::Bytes => (WireType::LengthDelimited, self.bytes(field)),
            Type::Message => {
                (WireType::LengthDelimited, field.message().map(|of| self.message(of, depth - 1)).unwrap())
            }
            scalar => {
                let wire = wire_of(scalar);
                let value = self.scalar(wire);
                (wire, value)
            }
        };
        let mut wire = wire;
        if field.repeated() && wire != WireType::LengthDelimited && !self.dice.once_in(3) {
            for _ in 0..self.dice.below(5) {
                value.extend(self.scalar(wire));
            }
            wire = WireType::LengthDelimited;
        }
        self.tag(field.number, wire, &mut out);
        if wire == WireType::LengthDelimited {
            self.varint(value.len() as u64, &mut out);
        }
        out.extend(value);
        out
    }

    fn bytes(&mut self, field: &Field) -> Vec<u8> {
        let len = match field.id() {
            Some(len) => len * self.dice.below(2),
            None => self.dice.below(300),
        };
        let byte = self.dice.byte();
        vec![byte; len]
    }

    fn scalar(&mut self, wire: WireType) -> Vec<u8> {
        let number = self.dice.number();
        let mut out = Vec::new();
        match wire {
            WireType::Varint => self.varint(number, &mut out),
            WireType::SixtyFourBit => out.extend(number.to_le_bytes()),
            _ => out.extend((number as u32).to_le_bytes()),
        }
        out
    }

    fn unknown(&mut self, of: &Message) -> Vec<u8> {
        let free = [4, 13, 100, 2047, 2048, (1 << 29) - 1].into_iter();
        let free: Vec<u32> = free.filter(|number| of.field(*number).is_none()).collect();
        let number = free[self.dice.below(free.len())];
        let wire =
            [WireType::Varint, WireType::LengthDelimited, WireType::SixtyFourBit, WireType::ThirtyTwoBit]
                [self.dice.below(4)];
        let mut out = Vec::new();
        self.tag(number, wire, &mut out);
        if wire == WireType::LengthDelimited {
            let len = self.dice.below(10);
            self.varint(len as u64, &mut out);
            out.extend(vec![0xff; len]);
        } else {
            out.extend(self.scalar(wire));
        }
        out
    }

    fn tag(&mut self, number: u32, wire: WireType, out: &mut Vec<u8>) {
        match self.varints {
            Varints::Minimal => encode_key(number, wire, out),
            Varints::Padded => self.varint(u64::from(number) << 3 | wire as u64, out),
        }
    }

    fn varint(&mut self, value: u64, out: &mut Vec<u8>) {
        let start = out.len();
        encode_varint(value, out);
        let len = out.len() - start;
        if self.varints == Varints::Padded && len < 9 && self.dice.once_in(6) {
            out[start + len - 1] |= 0x80;
            out.extend(vec![0x80; self.dice.below(9 - len)]);
            out.push(0);
        }
    }
}

fn wire_of(kind: Type) -> WireType {
    match kind {
        Type::Double | Type::Fixed64 | Type::Sfixed64 => WireType::SixtyFourBit,
        Type::Fixed32 => WireType::ThirtyTwoBit,
        _ => WireType::Varint,
    }
}
