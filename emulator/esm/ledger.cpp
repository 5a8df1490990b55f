#include "emulator/esm/ledger.h"

#include <cassert>

namespace emulator {

Epoch Ledger::assign(std::int32_t partition, std::int64_t start_offset) {
  latest_epoch_ += 1;
  accounts_[partition] = Account{latest_epoch_, 0, start_offset, start_offset, start_offset};
  return latest_epoch_;
}

void Ledger::revoke(std::int32_t partition) {
  accounts_.erase(partition);
}

void Ledger::clear() {
  accounts_.clear();
}

bool Ledger::owns(std::int32_t partition, Epoch epoch) const {
  const auto found = accounts_.find(partition);
  return found != accounts_.end() && found->second.epoch == epoch;
}

void Ledger::taken(std::int32_t partition, std::size_t count, std::int64_t last_offset) {
  Account& account = accounts_.at(partition);
  assert(last_offset >= account.next_to_take);
  account.outstanding += count;
  account.next_to_take = last_offset + 1;
}

void Ledger::filtered(std::int32_t partition, std::size_t count) {
  Account& account = accounts_.at(partition);
  assert(account.outstanding >= count);
  account.outstanding -= count;
  if (account.outstanding == 0) account.next_to_commit = account.next_to_take;
}

void Ledger::disposed(std::int32_t partition, Epoch epoch, std::size_t count,
                      std::int64_t next_offset) {
  if (!owns(partition, epoch)) return;
  Account& account = accounts_.at(partition);
  assert(account.outstanding >= count);
  assert(next_offset >= account.next_to_commit);
  account.outstanding -= count;
  // With nothing in our hands, filtered records behind the batch are passed too.
  account.next_to_commit = account.outstanding == 0 ? account.next_to_take : next_offset;
}

std::vector<CommitOffset> Ledger::committable() const {
  std::vector<CommitOffset> offsets;
  for (const auto& [partition, account] : accounts_) {
    if (account.next_to_commit > account.committed) {
      offsets.push_back({partition, account.next_to_commit});
    }
  }
  return offsets;
}

std::int64_t Ledger::committed(const std::vector<CommitOffset>& offsets) {
  std::int64_t advanced = 0;
  for (const CommitOffset& offset : offsets) {
    const auto found = accounts_.find(offset.partition);
    if (found == accounts_.end()) continue;
    advanced += offset.next_offset - found->second.committed;
    found->second.committed = offset.next_offset;
  }
  return advanced;
}

std::int64_t Ledger::committed_offset(std::int32_t partition) const {
  return accounts_.at(partition).committed;
}

std::int64_t Ledger::next_to_take(std::int32_t partition) const {
  return accounts_.at(partition).next_to_take;
}

std::int64_t Ledger::next_to_commit(std::int32_t partition) const {
  return accounts_.at(partition).next_to_commit;
}

bool Ledger::is_settled(std::int32_t partition) const {
  const Account& account = accounts_.at(partition);
  return account.outstanding == 0 && account.next_to_commit == account.committed;
}

}  // namespace emulator
