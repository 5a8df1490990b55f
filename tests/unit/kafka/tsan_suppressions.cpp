// librdkafka is not built with ThreadSanitizer, which therefore does not see its reference counts:
// an object that one of its threads frees after another one's last use looks like a race.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:rwlock_destroy\nrace:rd_kafka_\n";
}
