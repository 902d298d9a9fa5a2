#pragma once

#include <Poco/Util/ServerApplication.h>

#include <string>
#include <vector>

namespace stepd::app {

/// The program `stepd`: options, signals, exit codes. What it runs is in Services.
/// Exit codes: 0 stopped as asked, 1 the configuration must be changed, 2 usage, 3 the store or the address cannot be
/// had (it may pass), 4 the disk has failed or the database is damaged (hardening R6), 70 a bug.
class App final : public Poco::Util::ServerApplication {
public:
    App();

protected:
    void initialize(Poco::Util::Application& self) override;
    void defineOptions(Poco::Util::OptionSet& options) override;
    int main(const std::vector<std::string>& arguments) override;

private:
    void onOption(const std::string& name, const std::string& value);
    int check() const;
    int serve();

    std::string configFile_;
    enum class Mode { Serve, Check, Help, Version } mode_ = Mode::Serve;
};

}  // namespace stepd::app
