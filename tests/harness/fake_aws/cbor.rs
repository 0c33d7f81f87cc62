use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Value};

use crate::http::Response;

/// An answer in CloudWatch's protocol.
pub(super) fn response(status: u16, body: &Value) -> Response {
    let mut encoder = Encoder::new(Vec::new());
    write(&mut encoder, "", body);
    Response::new(status, "application/cbor", encoder.into_writer()).with("smithy-protocol", "rpc-v2-cbor")
}

fn write(encoder: &mut Encoder<Vec<u8>>, name: &str, value: &Value) {
    match value {
        Value::Null => encoder.null().unwrap(),
        Value::Bool(value) => encoder.bool(*value).unwrap(),
        // A threshold is a floating-point number also where it is a whole one.
        Value::Number(number) if name == "Threshold" || !number.is_i64() => {
            encoder.f64(number.as_f64().unwrap()).unwrap()
        }
        Value::Number(number) => encoder.i64(number.as_i64().unwrap()).unwrap(),
        Value::String(text) => encoder.str(text).unwrap(),
        Value::Array(values) => {
            encoder.array(values.len() as u64).unwrap();
            values.iter().for_each(|value| write(encoder, name, value));
            encoder
        }
        Value::Object(fields) => {
            encoder.map(fields.len() as u64).unwrap();
            for (name, value) in fields {
                encoder.str(name).unwrap();
                write(encoder, name, value);
            }
            encoder
        }
    };
}

/// The text fields of a request.
pub(super) fn read(body: &[u8]) -> Map<String, Value> {
    let mut decoder = Decoder::new(body);
    let mut fields = Map::new();
    let length = decoder.map().unwrap();
    while length.map_or_else(|| decoder.datatype().unwrap() != Type::Break, |length| (fields.len() as u64) < length) {
        let name = decoder.str().unwrap().to_owned();
        fields.insert(name, Value::from(decoder.str().unwrap()));
    }
    fields
}
