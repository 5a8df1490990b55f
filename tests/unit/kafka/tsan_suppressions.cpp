// librdkafka is not built with ThreadSanitizer, which therefore does not see its reference counts:
// memory that one thread frees after another one's last use looks like a race. Only the freeing
// functions are named, so that a race in a callback of ours is still reported.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:rwlock_destroy\nrace:rd_segment_destroy\nrace:rd_kafka_buf_destroy_final\n";
}
