*** Comments ***
The firmware's ELF in Renode, from its start to its answers. Run from anywhere:

    renode-test --variable PYTHON:/path/to/checkout/.venv/bin/python tests/devices/renode_same_bytes.robot

The firmware speaks a binary protocol, so the lines that this waits for come from its counterpart,
tests/devices/renode_check.py: it loads models over the link, compares every answer with the same ELF's under Unicorn,
and prints PASS or FAIL. The last two tests show that FAIL is printed and seen where it has to be.

*** Settings ***
Library             OperatingSystem
Library             Process

*** Variables ***
${ROOT}             ${CURDIR}/../..
${PYTHON}           ${ROOT}/.venv/bin/python
${VERDICT_S}        300 seconds

*** Keywords ***
Start Machine
    [Arguments]    ${target}    ${board}    ${elf}=${ROOT}/edgeval/targets/elf/${target}-builtin.elf
    File Should Exist    ${elf}
    ${port}=    Evaluate    random.randint(20000, 29999)    modules=random
    Execute Command    $elf=@${elf}
    Execute Command    $port=${port}
    Execute Command    include @${ROOT}/firmware/boards/${board}/renode.resc
    Set Test Variable    ${PORT}    ${port}

Start Check
    [Arguments]    ${target}    @{options}
    Set Test Variable    ${OUTPUT}    ${TEMPDIR}/edgeval-${target}-${PORT}.txt
    Remove File    ${OUTPUT}
    Start Process    ${PYTHON}    -m    tests.devices.renode_check    --target    ${target}    --port    ${PORT}
    ...    @{options}    cwd=${ROOT}    stdout=${OUTPUT}    stderr=STDOUT    alias=check

Wait For Verdict
    ${result}=    Wait For Process    check    timeout=${VERDICT_S}    on_timeout=kill
    ${printed}=    Get File    ${OUTPUT}
    Log To Console    ${printed}
    Should Match Regexp    ${printed}    (?m)^(PASS|FAIL) ${target}:    msg=No verdict: ${printed}
    RETURN    ${printed}

Should Pass
    [Arguments]    ${target}
    Set Test Variable    ${target}
    ${printed}=    Wait For Verdict
    Should Match Regexp    ${printed}    (?m)^PASS ${target}: 20 of 20 models
    Should Not Match Regexp    ${printed}    (?m)^FAIL

Should Fail
    [Arguments]    ${target}    ${reason}
    Set Test Variable    ${target}
    ${printed}=    Wait For Verdict
    Should Match Regexp    ${printed}    (?m)^FAIL ${target}: ${reason}
    Should Not Match Regexp    ${printed}    (?m)^PASS

*** Test Cases ***
The STM32F746 Answers As Under Unicorn
    [Timeout]    10 minutes
    Start Machine    stm32f746    stm32f746g_disco
    Start Check    stm32f746
    Should Pass    stm32f746

The STM32F407 Answers As Under Unicorn
    [Timeout]    10 minutes
    Start Machine    stm32f407    stm32f4_discovery
    Start Check    stm32f407
    Should Pass    stm32f407

A Changed Bit Is A Failure
    [Timeout]    10 minutes
    Start Machine    stm32f407    stm32f4_discovery
    Start Check    stm32f407    --changed
    Should Fail    stm32f407    0 of 20 models

Firmware Of Another Build Is A Failure
    [Documentation]    The other target's firmware does not answer on this chip, or is recognized as another build.
    [Timeout]    10 minutes
    Start Machine    stm32f746    stm32f746g_disco
    Start Check    stm32f407
    Should Fail    stm32f407    .* runs another build
