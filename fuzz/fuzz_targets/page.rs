#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| feedproof_fuzz::page(data));
