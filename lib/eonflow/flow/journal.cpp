#include <eonflow/flow/journal.hpp>

namespace eonflow::flow {

bool Journal::Entry::due() const {
    if (!journal_->keep_) return false;
    const std::lock_guard lock(journal_->guard_);
    return std::chrono::steady_clock::now() - journal_->last_ >= journal_->interval_;
}

void Journal::Entry::keep(number::Record state) { journal_->put(name_, {false, std::move(state)}); }

void Journal::Entry::interrupt(number::Record state) {
    open_ = true;
    if (journal_->keep_) keep(std::move(state));
}

Journal::Stage Journal::find(const std::string& name) const {
    const std::lock_guard lock(guard_);
    const auto found = stages_.find(name);
    return found == stages_.end() ? Stage{} : found->second;
}

void Journal::put(const std::string& name, Stage stage) {
    const std::lock_guard lock(guard_);
    stages_[name] = std::move(stage);
    keep_(stages_);
    last_ = std::chrono::steady_clock::now();
}

}  // namespace eonflow::flow
