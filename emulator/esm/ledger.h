// Which offsets may be committed: an account of the records of each assigned partition, from taken
// to disposed of.
//
// It rests on two promises of the poller: records of a partition are taken in offset order, and
// only one batch of them is ever under way, whose lowest record that is left the poller names. So a
// count of the records that are not disposed of yet and two offsets tell all. Pure; one poller
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "emulator/esm/batch.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

class Ledger {
 public:
  // Opens the partition's account. The epoch is this assignment's: results that carry another one
  // are ignored, so a late outcome of an earlier assignment commits nothing (at-least-once: the new
  // owner reads those records again).
  Epoch assign(std::int32_t partition, std::int64_t start_offset);
  void revoke(std::int32_t partition);
  void clear();

  bool owns(std::int32_t partition, Epoch epoch) const;

  // `count` more records, the last of them at `last_offset`, are in our hands.
  void taken(std::int32_t partition, std::size_t count, std::int64_t last_offset);
  // So many of the taken records go into no batch. Their offsets are passed together with the
  // records around them.
  void filtered(std::int32_t partition, std::size_t count);
  // `count` records that went into a batch are disposed of: processed, delivered to a destination
  // or dropped. `next_offset`: the lowest one of the batch that is not, else its last + 1.
  void disposed(std::int32_t partition, Epoch epoch, std::size_t count, std::int64_t next_offset);

  // Next offsets that are above what is committed: last processed + 1
  // (docs.aws.amazon.com/lambda/latest/dg/esm-logging.html: processedOffset 5003, committedOffset
  // 5004).
  std::vector<CommitOffset> committable() const;
  // Returns by how much the offsets advanced, in all.
  std::int64_t committed(const std::vector<CommitOffset>& offsets);
  // Everything below it is committed, or was when the partition was given to us.
  std::int64_t committed_offset(std::int32_t partition) const;
  std::int64_t next_to_take(std::int32_t partition) const;
  std::int64_t next_to_commit(std::int32_t partition) const;

  // Nothing of the partition is in our hands, and all that was is committed.
  bool is_settled(std::int32_t partition) const;

 private:
  struct Account {
    Epoch epoch = 0;
    std::size_t outstanding = 0;      // taken and not disposed of
    std::int64_t next_to_take = 0;    // last taken + 1
    std::int64_t next_to_commit = 0;  // everything below is disposed of
    std::int64_t committed = 0;
  };
  std::map<std::int32_t, Account> accounts_;
  Epoch latest_epoch_ = 0;
};

}  // namespace emulator
