#include <eonflow/io/file.hpp>
#include <eonflow/number/error.hpp>
#include <support/temporary_folder.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace eonflow;
using namespace eonflow::io;
using tests::temporary_folder;

namespace {

std::size_t count_files(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(a_commit_replaces_the_whole_file) {
    const temporary_folder folder;
    const std::filesystem::path file = folder.path() / "a.json";
    for (const char* content : {"first, the longer text", "second", ""}) {
        OutputFile output(file);
        output.commit(content);
        BOOST_TEST(read_file(file) == content);
    }
    BOOST_TEST(count_files(folder.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(without_a_commit_nothing_changes) {
    const temporary_folder folder;
    const std::filesystem::path file = folder.path() / "a.json";
    { OutputFile output(file); }
    BOOST_TEST(count_files(folder.path()) == 0u);
    std::ofstream(file) << "old";
    { OutputFile output(file); }
    BOOST_TEST(read_file(file) == "old");
    BOOST_TEST(count_files(folder.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(links_and_permissions_stay) {
    using std::filesystem::perms;
    const temporary_folder folder;
    const std::filesystem::path target = folder.path() / "target", link = folder.path() / "link";
    std::ofstream(target) << "old";
    std::filesystem::permissions(target, perms::owner_read | perms::owner_write | perms::group_read);
    std::filesystem::create_symlink(target, link);
    OutputFile(link).commit("new");
    BOOST_TEST(std::filesystem::is_symlink(link));
    BOOST_TEST(read_file(target) == "new");
    BOOST_TEST((std::filesystem::status(target).permissions() == (perms::owner_read | perms::owner_write | perms::group_read)));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_is_named) {
    const temporary_folder folder;
    const auto message = [](auto&& act) -> std::string {
        try {
            act();
        } catch (const io_error& problem) {
            return problem.what();
        }
        return "";
    };
    BOOST_TEST(message([&] { (void)read_file(folder.path() / "none.json"); }).find("none.json: cannot be opened: No such file") != std::string::npos);
    BOOST_TEST(message([&] { (void)read_file(folder.path()); }).find("Is a directory") != std::string::npos);
    BOOST_TEST(message([&] { OutputFile output(folder.path() / "none" / "a.json"); }).find("none/a.json: cannot be written: No such file") != std::string::npos);
    BOOST_TEST(message([&] { OutputFile output(folder.path()); }).find("Is a directory") != std::string::npos);
    BOOST_TEST(message([&] { (void)read_file("/dev/zero"); }).find("64 MiB") != std::string::npos);
    // A full disk: the write fails, and it is said.
    BOOST_TEST(message([&] { OutputFile("/dev/full").commit("x"); }).find("/dev/full: cannot be written: No space left") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
