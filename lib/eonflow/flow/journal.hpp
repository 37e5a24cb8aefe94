#pragma once
/// What an interrupted computation leaves for its continuation.

#include <eonflow/number/record.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace eonflow::flow {

/// The results of the stages of a computation that are complete, and the states of those under way, by the stages' names. A computation that is repeated
/// with the same journal takes complete stages from it and goes on inside the others, to the same bits. Threads may share one.
class Journal {
public:
    struct Stage {
        bool complete = false;
        number::Record record;
    };
    using Stages = std::map<std::string, Stage>;
    /// Puts the stages where they survive the process.
    using Keep = std::function<void(const Stages&)>;

    /// `keep` is called when a stage is completed or interrupted, and at most every `interval` in between.
    explicit Journal(Stages stages = {}, Keep keep = {}, std::chrono::milliseconds interval = std::chrono::seconds(2))
        : stages_(std::move(stages)), keep_(std::move(keep)), interval_(interval) {}

    /// A stage under way, as its work sees it.
    class Entry {
    public:
        /// What an interrupted run left of the stage, or nullptr.
        [[nodiscard]] const number::Record* left() const noexcept { return left_; }
        /// Whether the state should be kept now.
        [[nodiscard]] bool due() const;
        void keep(number::Record state);
        /// Keeps the state and leaves the stage open: its result is that of an interrupted computation.
        void interrupt(number::Record state);

    private:
        friend class Journal;
        Entry(Journal& journal, std::string name, const number::Record* left) : journal_(&journal), name_(std::move(name)), left_(left) {}
        Journal* journal_;
        std::string name_;
        const number::Record* left_;
        bool open_ = false;
    };

    /// The result of `work(entry)`, or what a former run kept of it. The name must be unlike all others of the computation. Reals need a precision scope
    /// in which `work` would compute them.
    template <class Work>
    auto stage(const std::string& name, Work&& work) {
        decltype(work(std::declval<Entry&>())) result;
        const Stage left = find(name);
        if (left.complete) {
            number::RecordReader(left.record)(result);
            return result;
        }
        Entry entry(*this, name, left.record.empty() ? nullptr : &left.record);
        result = work(entry);
        if (!entry.open_ && keep_) {
            number::RecordWriter writer;
            writer(result);
            put(name, {true, writer.take()});
        }
        return result;
    }

private:
    [[nodiscard]] Stage find(const std::string& name) const;
    void put(const std::string& name, Stage stage);

    mutable std::mutex guard_;
    Stages stages_;
    Keep keep_;
    std::chrono::milliseconds interval_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace eonflow::flow
